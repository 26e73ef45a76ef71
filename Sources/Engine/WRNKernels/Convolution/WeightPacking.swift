// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
import WRNTensor

/// Repacks a weight from the engine's layout into the order in which a convolution consumes it.
package struct WeightPacking {
    private let plan: ConvolutionPlan
    private let source: UnsafePointer<Float>
    private let destination: UnsafeMutablePointer<Float>
    private let outputFactor: UnsafePointer<Float>?
    private let orders: [[Int32]]

    /// Describes the packing of `source` into `destination`, which holds
    /// ``ConvolutionPlan/packedCount`` floats.
    ///
    /// - Parameter outputFactor: A factor for each output channel, as folding a normalisation
    ///   needs; forward only.
    package init(
        _ plan: ConvolutionPlan, source: UnsafePointer<Float>,
        destination: UnsafeMutablePointer<Float>, outputFactor: UnsafePointer<Float>? = nil
    ) {
        self.plan = plan
        self.source = source
        self.destination = destination
        self.outputFactor = outputFactor
        orders = plan.shape.phases(plan.direction).map { $0.taps.map { Int32($0.index) } }
    }

    /// Packs all panels.
    package func run(in workspace: Workspace) {
        switch plan.algorithm {
        case .direct, .directBFloat16: packDirect(in: workspace)
        case .tiles: packTiles(in: workspace)
        case .winograd(let size): packWinograd(size: size, in: workspace)
        }
    }

    /// The blocks of the result's channels.
    private var producedBlocks: Int {
        Kernels.padded(plan.shape.producedChannels(plan.direction)) / Kernels.lanes
    }

    /// Floats of the source from tap to tap, from reduced to reduced and from produced to produced
    /// channel.
    private var strides: (tap: Int, reduced: Int, produced: Int) {
        let inputs = Kernels.padded(plan.shape.inputChannels)
        let outputs = Kernels.padded(plan.shape.outputChannels)
        let isForward = plan.direction == .forward
        return (inputs * outputs, isForward ? outputs : 1, isForward ? 1 : outputs)
    }

    private func packDirect(in workspace: Workspace) {
        let lanes = producedBlocks * Kernels.lanes
        let width = Int(workspace.kernels.table.panel_width)
        let panels = (lanes + width - 1) / width
        let reduced = Int32(plan.shape.reducedChannels(plan.direction))
        let (blocks, width32) = (Int32(producedBlocks), Int32(width))
        let type = plan.algorithm.factorType
        var packed = UnsafeMutableRawPointer(destination)
        for order in orders where !order.isEmpty {
            let (start, taps) = (packed, Int32(order.count))
            workspace.pool.run(count: panels) { panel, _ in
                let (first, last) = (Int32(panel), Int32(panel + 1))
                if type == .bfloat16 {
                    wrn_pack_bfloat16_weights(
                        source, strides.tap, strides.reduced, strides.produced, order, taps,
                        reduced, blocks, width32, outputFactor, first, last,
                        start.assumingMemoryBound(to: UInt16.self))
                } else {
                    wrn_pack_weights(
                        source, strides.tap, strides.reduced, strides.produced, order, taps,
                        reduced, blocks, width32, outputFactor, first, last,
                        start.assumingMemoryBound(to: Float.self))
                }
            }
            packed +=
                order.count * plan.packedDepth * lanes * type.byteCount
        }
    }

    private func packTiles(in workspace: Workspace) {
        let patch = TilePatch(plan.shape, plan.direction)
        let blocks = producedBlocks
        let start = UnsafeMutableRawPointer(destination).assumingMemoryBound(to: UInt16.self)
        for (phase, offset) in zip(patch.phases, patch.weightOffsets(blocks: blocks))
        where !phase.taps.isEmpty {
            workspace.pool.run(count: (blocks + 1) / 2) { pair, _ in
                phase.order.withUnsafeBufferPointer { order in
                    var arguments = wrn_tile_weights(
                        source: source, tap_stride: strides.tap, channel_stride: strides.reduced,
                        output_stride: strides.produced, tap_order: order.baseAddress,
                        tap_count: Int32(phase.taps.count), run: Int32(phase.run),
                        channels: Int32(plan.shape.reducedChannels(plan.direction)),
                        output_blocks: Int32(blocks), first_block: Int32(2 * pair),
                        last_block: Int32(min(2 * pair + 2, blocks)), output_factor: outputFactor,
                        packed: start + offset)
                    wrn_pack_tile_weights(&arguments)
                }
            }
        }
    }

    private func packWinograd(size: Int, in workspace: Workspace) {
        let group = WinogradTiling.groupBlocks
        let groups = (producedBlocks + group - 1) / group
        let order = plan.shape.phases(plan.direction)[0].taps
            .sorted { ($0.row, $0.column) < ($1.row, $1.column) }.map { Int32($0.index) }
        workspace.pool.run(count: groups) { index, _ in
            order.withUnsafeBufferPointer { order in
                var arguments = wrn_winograd_weights(
                    size: Int32(size), source: source, tap_stride: strides.tap,
                    channel_stride: strides.reduced, output_stride: strides.produced,
                    tap_order: order.baseAddress,
                    channels: Int32(plan.shape.reducedChannels(plan.direction)),
                    output_blocks: Int32(producedBlocks), group_blocks: Int32(group),
                    first_block: Int32(index * group),
                    last_block: Int32(min((index + 1) * group, producedBlocks)),
                    output_factor: outputFactor, packed: destination)
                workspace.kernels.table.pack_winograd_weights(&arguments)
            }
        }
    }
}
