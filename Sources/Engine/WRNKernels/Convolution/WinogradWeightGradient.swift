// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The gradient of the weight of a 3x3 convolution of stride 1 over a batch, by Winograd's
/// algorithm.
///
/// Windows of the input and tiles of the output's gradient are transformed; their products, summed
/// over tiles, are the transformed gradient of the weight. Small weights are summed in parts, one
/// task each, that are added at the end; for large ones a chunk of the batch is transformed for
/// all, and each task sums some channels of it.
final class WinogradWeightGradient {
    private let shape: ConvolutionShape
    private let size: Int
    private let cut: Cut
    private let windows: WinogradTiles
    private let gradients: WinogradTiles
    private let destination: UnsafeMutablePointer<Float>
    private let parts: UnsafeMutablePointer<Float>

    init(
        _ shape: ConvolutionShape, size: Int, source: MapView, gradient: MapView,
        destination: UnsafeMutablePointer<Float>, parts: UnsafeMutablePointer<Float>, images: Int
    ) {
        let cut = Cut(shape, size: size, images: images)
        self.shape = shape
        self.size = size
        self.cut = cut
        self.destination = destination
        self.parts = parts
        windows = WinogradTiles(
            source, size: size, kind: .windows(padding: shape.padding),
            tileColumns: cut.blocks.tileColumns, tileCount: cut.blocks.tilesPerBlock,
            order: .blocks)
        gradients = WinogradTiles(
            gradient, size: size, kind: .gradients, tileColumns: cut.blocks.tileColumns,
            tileCount: cut.blocks.tilesPerBlock, order: .blocks)
    }

    private var blockFloats: Int { windows.floatCount + gradients.floatCount }

    /// The scratch memory that it needs.
    var scratch: Workspace.Scratch {
        cut.sharesTiles
            ? Workspace.Scratch(sharedFloats: cut.sharedFloats)
            : Workspace.Scratch(floatsPerThread: blockFloats)
    }

    /// Computes the gradient over the first `images` images of the batch.
    func run(images: Int, in workspace: Workspace) {
        cut.sharesTiles
            ? runShared(images: images, workspace) : runParts(images: images, workspace)
    }

    private func runParts(images: Int, _ workspace: Workspace) {
        let sums = cut.partFloats == 0 ? destination : parts
        workspace.pool.run(count: cut.parts) { part, worker in
            let scratch = workspace.scratch(of: worker)
            let sum = sums + part * shape.weightCount
            clearPadding(of: sum)
            var accumulates = false
            let blocks = cut.blocks.count
            for block in blocks * part / cut.parts..<blocks * (part + 1) / cut.parts {
                let (blockImages, rows) = cut.blocks.block(block, images: images)
                if blockImages.isEmpty { continue }
                windows.load(
                    images: blockImages, rows: rows, blocks: windows.allBlocks, into: scratch,
                    with: workspace.kernels)
                gradients.load(
                    images: blockImages, rows: rows, blocks: gradients.allBlocks,
                    into: scratch + windows.floatCount, with: workspace.kernels)
                add(
                    scratch, tileCount: blockImages.count * rows.count * cut.blocks.tileColumns,
                    inputs: windows.allBlocks, outputs: gradients.allBlocks, to: sum,
                    accumulates: accumulates, with: workspace.kernels)
                accumulates = true
            }
            // The batch may be too small to reach this part.
            if !accumulates { sum.update(repeating: 0, count: shape.weightCount) }
        }
        if cut.partFloats > 0 {
            WeightGradientParts.add(
                parts, count: cut.parts, floats: shape.weightCount, into: destination,
                in: workspace)
        }
    }

    /// Clears the rows of the channels by which the inputs are padded, which no product writes.
    ///
    /// The memory of parts has held other numbers before, and all rows are added to the gradient,
    /// whose norm and whose matrix, for Muon, have the padding in them.
    private func clearPadding(of sum: UnsafeMutablePointer<Float>) {
        let inputs = Kernels.padded(shape.inputChannels)
        let lanes = Kernels.padded(shape.outputChannels)
        for tap in 0..<shape.kernelSize * shape.kernelSize {
            (sum + (tap * inputs + shape.inputChannels) * lanes)
                .update(repeating: 0, count: (inputs - shape.inputChannels) * lanes)
        }
    }

    private func runShared(images: Int, _ workspace: Workspace) {
        let shared = workspace.sharedScratch
        for first in stride(from: 0, to: cut.blocks.count, by: cut.chunkBlocks) {
            let chunk = first..<min(first + cut.chunkBlocks, cut.blocks.count)
            if cut.blocks.block(first, images: images).images.isEmpty { break }
            workspace.pool.run(count: chunk.count * cut.loadParts) { task, _ in
                let (index, part) = task.quotientAndRemainder(dividingBy: cut.loadParts)
                let (blockImages, rows) = cut.blocks.block(first + index, images: images)
                let scratch = shared + index * blockFloats
                windows.load(
                    images: blockImages, rows: rows,
                    blocks: Self.share(part, of: cut.loadParts, windows.allBlocks), into: scratch,
                    with: workspace.kernels)
                gradients.load(
                    images: blockImages, rows: rows,
                    blocks: Self.share(part, of: cut.loadParts, gradients.allBlocks),
                    into: scratch + windows.floatCount, with: workspace.kernels)
            }
            workspace.pool.run(count: cut.rectangles.count) { task, _ in
                let (inputs, outputs) = cut.rectangles[task]
                for index in 0..<chunk.count {
                    let (blockImages, rows) = cut.blocks.block(first + index, images: images)
                    if blockImages.isEmpty { break }
                    add(
                        shared + index * blockFloats,
                        tileCount: blockImages.count * rows.count * cut.blocks.tileColumns,
                        inputs: inputs, outputs: outputs, to: destination,
                        accumulates: first + index > 0, with: workspace.kernels)
                }
            }
        }
    }

    /// Adds the products of a block's tiles to the gradient of some input and output blocks.
    private func add(
        _ tiles: UnsafePointer<Float>, tileCount: Int, inputs: Range<Int>, outputs: Range<Int>,
        to sum: UnsafeMutablePointer<Float>, accumulates: Bool, with kernels: Kernels
    ) {
        let lanes = Kernels.padded(shape.outputChannels)
        let firstChannel = inputs.lowerBound * Kernels.lanes
        var arguments = wrn_winograd_weight_gradient(
            size: Int32(size), tiles: tiles + inputs.lowerBound * windows.blockStride,
            element_stride: windows.elementStride, block_stride: windows.blockStride,
            channels: Int32(
                min(inputs.upperBound * Kernels.lanes, shape.inputChannels) - firstChannel),
            gradient: tiles + windows.floatCount,
            gradient_element_stride: gradients.elementStride,
            gradient_block_stride: gradients.blockStride, tile_count: Int32(tileCount),
            first_block: Int32(outputs.lowerBound), last_block: Int32(outputs.upperBound),
            weights: sum + firstChannel * lanes,
            tap_stride: Kernels.padded(shape.inputChannels) * lanes, channel_stride: lanes,
            accumulates: accumulates ? 1 : 0)
        kernels.table.winograd_weight_gradient(&arguments)
    }

    private static func share(_ part: Int, of parts: Int, _ range: Range<Int>) -> Range<Int> {
        range.count * part / parts..<range.count * (part + 1) / parts
    }
}

extension WinogradWeightGradient {
    /// The written rule by which the work is cut: from the shape and the batch alone.
    ///
    /// 1. Tiles are taken in blocks of about `blockTiles`, over which the gradient's elements are
    ///    summed before they are transformed back.
    /// 2. A weight of at most `partBytes` is summed in `wantedTasks` parts, each by one task from
    ///    blocks of its own.
    /// 3. For a larger one, as many blocks as fit `chunkBytes` are transformed for all, and then
    ///    tasks sum rectangles of input and output channels: nothing is summed twice, and the
    ///    weight is touched once a block.
    struct Cut {
        static let blockTiles = 64
        static let partBytes = 1 << 20
        static let chunkBytes = 24 << 20
        static let wantedTasks = 8
        /// The output blocks of a rectangle, whose transformed gradients stay in the second-level
        /// cache.
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
