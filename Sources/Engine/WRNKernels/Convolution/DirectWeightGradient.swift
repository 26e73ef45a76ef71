// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The gradient of a convolution's weight over a batch, pixel by pixel.
///
/// The batch is cut into parts, each with a sum of its own, and the parts are added in their order.
/// How many there are follows from the shape and the batch, so the sum has the same bits on any
/// number of threads.
final class DirectWeightGradient {
    private let shape: ConvolutionShape
    private let source: MapView
    private let gradient: MapView
    private let destination: UnsafeMutablePointer<Float>
    private let parts: UnsafeMutablePointer<Float>
    private let cut: Cut
    private let phase: ConvolutionGeometry.Phase
    private let sourceLayout: PatchLayout
    private let gradientLayout: PatchLayout
    private let taps: [Int32]
    private let images: Int

    init(
        _ shape: ConvolutionShape, source: MapView, gradient: MapView,
        destination: UnsafeMutablePointer<Float>, parts: UnsafeMutablePointer<Float>, images: Int
    ) {
        self.shape = shape
        self.source = source
        self.gradient = gradient
        self.destination = destination
        self.parts = parts
        self.images = images
        let cut = Cut(shape, images: images)
        let phase = shape.phases(.forward)[0]
        let layout = PatchLayout(
            rows: (cut.rows - 1) * phase.stride + phase.extentRows,
            columns: (phase.columns - 1) * phase.stride + phase.extentColumns,
            planes: phase.stride, blocks: source.map.blocks)
        self.cut = cut
        self.phase = phase
        sourceLayout = layout
        gradientLayout = PatchLayout(
            rows: cut.rows, columns: phase.columns, planes: 1, blocks: gradient.map.blocks)
        taps = phase.taps.map { Int32(layout.offset(row: $0.row, column: $0.column)) }
    }

    /// The floats of the sums of all parts.
    static func partFloats(_ shape: ConvolutionShape, images: Int) -> Int {
        let parts = Cut(shape, images: images).imageParts
        return parts == 1 ? 0 : parts * shape.weightCount
    }

    /// The scratch floats that a thread needs.
    var scratchFloats: Int {
        cut.groupImages * (sourceLayout.floatCount + gradientLayout.floatCount)
    }

    /// Computes the gradient over the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        let sums = cut.imageParts == 1 ? destination : parts
        workspace.pool.run(count: cut.imageParts * cut.channelParts.count) { task, worker in
            let (part, channels) = task.quotientAndRemainder(dividingBy: cut.channelParts.count)
            // Parts are cut for the planned batch, so that a smaller one keeps their order.
            let lower = self.images * part / cut.imageParts
            let upper = self.images * (part + 1) / cut.imageParts
            run(
                images: min(lower, images)..<min(upper, images),
                blocks: cut.channelParts[channels], into: sums + part * shape.weightCount,
                workspace, scratch: workspace.scratch(of: worker))
        }
        if cut.imageParts > 1 {
            WeightGradientOperator.add(
                parts, count: cut.imageParts, floats: shape.weightCount, into: destination,
                in: workspace)
        }
    }

    private func run(
        images: Range<Int>, blocks: Range<Int>, into sum: UnsafeMutablePointer<Float>,
        _ workspace: Workspace, scratch: UnsafeMutablePointer<Float>
    ) {
        clear(sum, blocks: blocks)
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

    private func clear(_ sum: UnsafeMutablePointer<Float>, blocks: Range<Int>) {
        let outputs = Kernels.padded(shape.outputChannels)
        if blocks.count * Kernels.lanes == outputs {
            sum.update(repeating: 0, count: shape.weightCount)
            return
        }
        for row in 0..<shape.weightCount / outputs {
            (sum + row * outputs + blocks.lowerBound * Kernels.lanes)
                .update(repeating: 0, count: blocks.count * Kernels.lanes)
        }
    }
}

extension DirectWeightGradient {
    /// The written rule by which the work is cut: from the shape and the batch alone.
    ///
    /// 1. The parts' sums together stay within `partBytes`; at most `wantedTasks` parts.
    /// 2. Where that leaves too few tasks, the output channels are cut too, in whole pairs of
    ///    blocks.
    /// 3. A call of the kernel covers at least `groupPixels` pixels when images are small, so that
    ///    the sums are not loaded and stored too often, and as many rows as make that many pixels
    ///    when they are large, in a patch of at most `patchBytes`: its operands then stay in the
    ///    first-level cache.
    struct Cut {
        static let partBytes = 48 << 20
        static let patchBytes = 512 << 10
        static let wantedTasks = 8
        static let groupPixels = 128

        let imageParts: Int
        let channelParts: [Range<Int>]
        let groupImages: Int
        let rows: Int

        init(_ shape: ConvolutionShape, images: Int) {
            let bytes = shape.weightCount * MemoryLayout<Float>.stride
            imageParts = max(1, min(images, Self.wantedTasks, Self.partBytes / bytes))
            let blocks = Kernels.padded(shape.outputChannels) / Kernels.lanes
            let units = (blocks + 1) / 2
            let cuts = min(units, (Self.wantedTasks + imageParts - 1) / imageParts)
            channelParts = (0..<cuts).map {
                units * $0 / cuts * 2..<min(units * ($0 + 1) / cuts * 2, blocks)
            }
            let phase = shape.phases(.forward)[0]
            let pixels = phase.rows * phase.columns
            let partImages = (images + imageParts - 1) / imageParts
            groupImages = max(1, min(partImages, Self.groupPixels / pixels))
            let rowBytes =
                (phase.columns * phase.stride + 2) * phase.stride
                * Kernels.padded(shape.inputChannels) * MemoryLayout<Float>.stride
            rows = max(
                1,
                min(phase.rows, Self.patchBytes / rowBytes - 2, Self.groupPixels / phase.columns))
        }
    }
}
