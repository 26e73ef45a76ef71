// SPDX-License-Identifier: Apache-2.0

extension WinogradWeightGradient {
    /// The written rule by which the work is cut: from the shape and the batch alone.
    ///
    /// 1. Tiles are taken in blocks of about `blockTiles`, over which the gradient's elements are summed before they are transformed back.
    /// 2. A weight of at most `partBytes` is summed in `wantedTasks` parts, each by one task from blocks of its own.
    /// 3. For a larger one, as many blocks as fit `chunkBytes` are transformed for all, and then tasks sum rectangles of input and output
    ///    channels: nothing is summed twice, and the weight is touched once a block.
    struct Cut {
        static let blockTiles = 64
        static let partBytes = 1 << 20
        static let chunkBytes = 24 << 20
        static let wantedTasks = 8
        /// The output blocks of a rectangle, whose transformed gradients stay in the second-level cache.
        static let stripeBlocks = 4

        let blocks: WinogradBlocks
        /// The floats of all parts; 0 where there is one.
        let partFloats: Int
        let parts: Int
        let sharesTiles: Bool
        /// The blocks of a chunk, and into how many tasks transforming one is cut.
        let chunkBlocks: Int
        let loadParts: Int
        /// The floats of a chunk's tiles; 0 where tasks have tiles of their own.
        let sharedFloats: Int
        /// The blocks of input and output channels of each task.
        let rectangles: [(inputs: Range<Int>, outputs: Range<Int>)]

        init(_ shape: ConvolutionShape, size: Int, images: Int) {
            let blocks = WinogradBlocks(
                size: size, height: shape.outputHeight, width: shape.outputWidth, images: images,
                tiles: Self.blockTiles)
            let inputBlocks = Kernels.padded(shape.inputChannels) / Kernels.lanes
            let outputBlocks = Kernels.padded(shape.outputChannels) / Kernels.lanes
            let sharesTiles =
                shape.weightCount * MemoryLayout<Float>.stride > Self.partBytes
            self.blocks = blocks
            self.sharesTiles = sharesTiles
            parts = sharesTiles ? 1 : min(blocks.count, Self.wantedTasks)
            partFloats = parts == 1 ? 0 : parts * shape.weightCount
            let blockFloats = [inputBlocks, outputBlocks].reduce(0) {
                $0
                    + WinogradTiles.floatCount(
                        size: size, blocks: $1, tileCount: blocks.tilesPerBlock, order: .blocks)
            }
            let fitting = Self.chunkBytes / (blockFloats * MemoryLayout<Float>.stride)
            chunkBlocks = max(1, min(blocks.count, fitting))
            sharedFloats = sharesTiles ? chunkBlocks * blockFloats : 0
            loadParts = max(
                1, min(inputBlocks, (Self.wantedTasks + chunkBlocks - 1) / chunkBlocks))
            // The inputs are cut too where there are few stripes of outputs.
            let stripes = stride(from: 0, to: outputBlocks, by: Self.stripeBlocks).map {
                $0..<min($0 + Self.stripeBlocks, outputBlocks)
            }
            let inputCuts = min(
                inputBlocks, (Self.wantedTasks + stripes.count - 1) / stripes.count)
            rectangles = stripes.flatMap { stripe in
                (0..<inputCuts).map {
                    (
                        inputBlocks * $0 / inputCuts..<inputBlocks * ($0 + 1) / inputCuts, stripe
                    )
                }
            }
        }

        var description: String {
            sharesTiles
                ? "\(blocks.tilesPerBlock) tiles, \(rectangles.count) rectangles"
                : "\(blocks.tilesPerBlock) tiles, \(parts) parts"
        }
    }
}
