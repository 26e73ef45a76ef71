// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Repacks a weight from the engine's layout into the order in which a convolution consumes it.
package struct WeightPacking {
    private let shape: ConvolutionShape
    private let direction: ConvolutionOperator.Direction
    private let source: UnsafePointer<Float>
    private let destination: UnsafeMutablePointer<Float>
    private let outputFactor: UnsafePointer<Float>?
    private let orders: [[Int32]]

    /// Describes the packing of `source` into `destination`, which holds ``ConvolutionShape/packedCount(_:)`` floats.
    ///
    /// - Parameter outputFactor: A factor for each output channel, as folding a normalisation needs; forward only.
    package init(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction,
        source: UnsafePointer<Float>, destination: UnsafeMutablePointer<Float>,
        outputFactor: UnsafePointer<Float>? = nil
    ) {
        self.shape = shape
        self.direction = direction
        self.source = source
        self.destination = destination
        self.outputFactor = outputFactor
        orders = shape.phases(direction).map { $0.taps.map { Int32($0.index) } }
    }

    /// Packs all panels.
    package func run(in workspace: Workspace) {
        let inputs = Kernels.padded(shape.inputChannels)
        let outputs = Kernels.padded(shape.outputChannels)
        let lanes = Kernels.padded(shape.producedChannels(direction))
        let width = Int(workspace.kernels.table.panel_width)
        let panels = (lanes + width - 1) / width
        let reduced = shape.reducedChannels(direction)
        var offset = 0
        for order in orders where !order.isEmpty {
            let packed = destination + offset
            workspace.pool.run(count: panels) { panel, _ in
                wrn_pack_weights(
                    source, inputs * outputs, direction == .forward ? outputs : 1,
                    direction == .forward ? 1 : outputs, order, Int32(order.count), Int32(reduced),
                    Int32(lanes / Kernels.lanes), Int32(width), outputFactor, Int32(panel),
                    Int32(panel + 1), packed)
            }
            offset += order.count * reduced * lanes
        }
    }
}
