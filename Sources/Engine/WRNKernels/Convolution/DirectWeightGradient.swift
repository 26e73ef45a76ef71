// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The gradient of a convolution's weight over a batch, pixel by pixel.
final class DirectWeightGradient {
    private let shape: ConvolutionShape
    private let source: MapView
    private let gradient: MapView
    private let destination: UnsafeMutablePointer<Float>
    private let parts: UnsafeMutablePointer<Float>
    private let sums: WeightGradientParts
    private let cut: Cut
    private let phase: ConvolutionGeometry.Phase
    private let sourceLayout: PatchLayout
    private let gradientLayout: PatchLayout
    private let taps: [Int32]

    init(
        _ shape: ConvolutionShape, source: MapView, gradient: MapView,
        destination: UnsafeMutablePointer<Float>, parts: UnsafeMutablePointer<Float>, images: Int
    ) {
        self.shape = shape
        self.source = source
        self.gradient = gradient
        self.destination = destination
        self.parts = parts
        let sums = WeightGradientParts(shape, images: images)
        let cut = Cut(shape, images: sums.largestImages)
        let phase = shape.phases(.forward)[0]
        let layout = PatchLayout(
            rows: (cut.rows - 1) * phase.stride + phase.extentRows,
            columns: (phase.columns - 1) * phase.stride + phase.extentColumns,
            planes: phase.stride, blocks: source.map.blocks)
        self.sums = sums
        self.cut = cut
        self.phase = phase
        sourceLayout = layout
        gradientLayout = PatchLayout(
            rows: cut.rows, columns: phase.columns, planes: 1, blocks: gradient.map.blocks)
        taps = phase.taps.map { Int32(layout.offset(row: $0.row, column: $0.column)) }
    }

    /// The scratch floats that a thread needs.
    var scratchFloats: Int {
        cut.groupImages * (sourceLayout.floatCount + gradientLayout.floatCount)
    }

    /// Computes the gradient over the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        sums.run(images: images, into: destination, parts: parts, in: workspace) {
            images, blocks, sum, scratch in
            run(images: images, blocks: blocks, into: sum, workspace, scratch: scratch)
        }
    }

    private func run(
        images: Range<Int>, blocks: Range<Int>, into sum: UnsafeMutablePointer<Float>,
        _ workspace: Workspace, scratch: UnsafeMutablePointer<Float>
    ) {
        sums.clear(blocks, of: sum)
        let gradientScratch = scratch + cut.groupImages * sourceLayout.floatCount
        for first in stride(from: images.lowerBound, to: images.upperBound, by: cut.groupImages) {
            let count = min(cut.groupImages, images.upperBound - first)
            for firstRow in stride(from: 0, to: phase.rows, by: cut.rows) {
                let rows = min(cut.rows, phase.rows - firstRow)
                for image in 0..<count {
                    sourceLayout.load(
                        source, image: first + image,
                        top: phase.firstRow + firstRow * phase.stride * phase.step,
                        left: phase.firstColumn, step: phase.step,
                        rows: (rows - 1) * phase.stride + phase.extentRows,
                        into: scratch + image * sourceLayout.floatCount, with: workspace.kernels)
                    gradientLayout.load(
                        gradient, image: first + image, top: firstRow, left: 0, step: 1, rows: rows,
                        into: gradientScratch + image * gradientLayout.floatCount,
                        with: workspace.kernels)
                }
                taps.withUnsafeBufferPointer { taps in
                    var arguments = wrn_weight_gradient(
                        patch: scratch, image_stride: sourceLayout.floatCount,
                        block_stride: sourceLayout.blockStride,
                        output_row_step: phase.stride * sourceLayout.rowStride,
                        channels: Int32(shape.inputChannels), taps: taps.baseAddress,
                        tap_count: Int32(taps.count), gradient: gradientScratch,
                        gradient_image_stride: gradientLayout.floatCount,
                        gradient_block_stride: gradientLayout.blockStride,
                        gradient_row_stride: gradientLayout.rowStride,
                        output_blocks: Int32(gradient.map.blocks),
                        first_block: Int32(blocks.lowerBound),
                        last_block: Int32(blocks.upperBound), images: Int32(count),
                        rows: Int32(rows), columns: Int32(phase.columns), weights: sum)
                    workspace.kernels.table.weight_gradient(&arguments)
                }
            }
        }
    }
}

extension DirectWeightGradient {
    /// The written rule by which a part's pixels are cut into calls of the kernel: from the shape
    /// and the images of a part alone.
    ///
    /// A call covers at least `groupPixels` pixels when images are small, so that the sums are not
    /// loaded and stored too often, and as many rows as make that many pixels when they are large,
    /// in a patch of at most `patchBytes`: its operands then stay in the first-level cache.
    private struct Cut {
        static let patchBytes = 512 << 10
        static let groupPixels = 128

        let groupImages: Int
        let rows: Int

        init(_ shape: ConvolutionShape, images: Int) {
            let phase = shape.phases(.forward)[0]
            let pixels = phase.rows * phase.columns
            groupImages = max(1, min(images, Self.groupPixels / pixels))
            let rowBytes =
                (phase.columns * phase.stride + 2) * phase.stride
                * Kernels.padded(shape.inputChannels) * MemoryLayout<Float>.stride
            rows = max(
                1,
                min(phase.rows, Self.patchBytes / rowBytes - 2, Self.groupPixels / phase.columns))
        }
    }
}
