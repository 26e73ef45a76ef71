// SPDX-License-Identifier: Apache-2.0

extension DirectWeightGradient {
    /// The written rule by which the work is cut: from the shape and the batch alone.
    ///
    /// 1. The parts' sums together stay within `partBytes`; at most `wantedTasks` parts.
    /// 2. Where that leaves too few tasks, the output channels are cut too, in whole pairs of blocks.
    /// 3. A call of the kernel covers at least `groupPixels` pixels when images are small, so that the sums are not loaded and stored too often,
    ///    and as many rows as make that many pixels when they are large, in a patch of at most
    ///    `patchBytes`: its operands then stay in the first-level cache.
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
