// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The parts of a batch that sum the gradient of a convolution's weight pixel by pixel, each into
/// memory of its own, and the blocks of output channels that are tasks within a part.
///
/// The written rule, from the shape and the batch alone:
///
/// 1. The parts' sums together stay within `sumBytes`; at most `wantedTasks` parts.
/// 2. Where that leaves too few tasks, the output channels are cut too, in whole pairs of blocks.
///
/// The parts are added in their order, so the sum has the same bits on any number of threads.
struct WeightGradientParts {
    static let sumBytes = 48 << 20
    static let wantedTasks = 8

    /// The number of parts.
    let count: Int
    /// The blocks of output channels of each task of a part.
    let channelBlocks: [Range<Int>]
    private let images: Int
    private let weightCount: Int
    private let lanes: Int

    /// Cuts the work of a planned batch of `images` images.
    init(_ shape: ConvolutionShape, images: Int) {
        let bytes = shape.weightCount * MemoryLayout<Float>.stride
        let count = max(1, min(images, Self.wantedTasks, Self.sumBytes / bytes))
        let lanes = Kernels.padded(shape.outputChannels)
        let blocks = lanes / Kernels.lanes
        let pairs = (blocks + 1) / 2
        let cuts = min(pairs, (Self.wantedTasks + count - 1) / count)
        channelBlocks = (0..<cuts).map {
            pairs * $0 / cuts * 2..<min(pairs * ($0 + 1) / cuts * 2, blocks)
        }
        self.count = count
        self.images = images
        self.lanes = lanes
        weightCount = shape.weightCount
    }

    /// The images of the largest part.
    var largestImages: Int { (images + count - 1) / count }

    /// The floats of the sums of all parts; 0 where there is one, which is the gradient itself.
    var floatCount: Int { count == 1 ? 0 : count * weightCount }

    /// The division in words.
    var description: String { "\(count) parts x \(channelBlocks.count)" }

    /// Sums the gradient over the first `images` images of the batch into `destination`.
    ///
    /// - Parameters:
    ///   - parts: Room for ``floatCount`` floats.
    ///   - sum: Writes the sum over some images to some blocks of output channels of a weight; it
    ///     is not called for a part that a smaller batch leaves empty, whose sum is zero.
    func run(
        images: Int, into destination: UnsafeMutablePointer<Float>,
        parts: UnsafeMutablePointer<Float>, in workspace: Workspace,
        sum: (Range<Int>, Range<Int>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) ->
            Void
    ) {
        let sums = count == 1 ? destination : parts
        workspace.pool.run(count: count * channelBlocks.count) { task, worker in
            let (part, channels) = task.quotientAndRemainder(dividingBy: channelBlocks.count)
            // Parts are cut for the planned batch, so that a smaller one keeps their order.
            let lower = min(self.images * part / count, images)
            let upper = min(self.images * (part + 1) / count, images)
            let (blocks, weight) = (channelBlocks[channels], sums + part * weightCount)
            if lower == upper {
                clear(blocks, of: weight)
            } else {
                sum(lower..<upper, blocks, weight, workspace.scratch(of: worker))
            }
        }
        if count > 1 {
            Self.add(
                parts, count: count, floats: weightCount, into: destination, in: workspace)
        }
    }

    /// Sets some blocks of output channels of a weight to zero.
    func clear(_ blocks: Range<Int>, of weight: UnsafeMutablePointer<Float>) {
        for row in 0..<weightCount / lanes {
            (weight + row * lanes + blocks.lowerBound * Kernels.lanes)
                .update(repeating: 0, count: blocks.count * Kernels.lanes)
        }
    }

    /// Adds sums that were kept apart, in their order.
    static func add(
        _ parts: UnsafePointer<Float>, count: Int, floats: Int,
        into destination: UnsafeMutablePointer<Float>, in workspace: Workspace
    ) {
        let chunk = 16_384
        workspace.pool.run(count: (floats + chunk - 1) / chunk) { task, _ in
            let first = task * chunk
            wrn_sum_parts(
                parts + first, floats, Int32(count), min(chunk, floats - first),
                destination + first)
        }
    }
}
