// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNPlan
import WRNTensor

/// The sums of a step's gradients and running statistics over the shards that this process
/// computes, in the order of a ``ShardTree``.
///
/// The last shard's values and the sums that wait for it are added in the network's own blocks, so
/// that V shards take log2(V) blocks beside these.
final class ShardSums {
    /// A gradient and a running statistic for each parameter.
    private struct Blocks {
        let gradients: AlignedMemory
        let statistics: AlignedMemory
    }

    private let layout: ParameterLayout
    private var tree: ShardTree
    /// The waiting sums by their height.
    private let waiting: [Blocks]
    /// The running statistics before the step, from which each shard moves them.
    private let firstStatistics: AlignedMemory

    init(_ layout: ParameterLayout, count: Int) {
        self.layout = layout
        tree = ShardTree(count: count)
        waiting = (0..<tree.height).map { _ in
            Blocks(
                gradients: AlignedMemory(floatCount: layout.trainableFloats),
                statistics: AlignedMemory(floatCount: layout.statisticsFloats))
        }
        firstStatistics = AlignedMemory(floatCount: layout.statisticsFloats)
    }

    /// The shards of a step.
    var count: Int { tree.count }

    /// Whether the sums of so many shards find their place.
    func holds(_ count: Int) -> Bool { ShardTree(count: count).height <= waiting.count }

    /// Whether each shard has been added.
    var isComplete: Bool { tree.done == count }

    /// Whether the next shard is the last.
    var isAtLast: Bool { tree.done + 1 == count }

    /// The bytes of all blocks.
    var byteCount: Int {
        waiting.map { $0.gradients.byteCount + $0.statistics.byteCount }
            .reduce(firstStatistics.byteCount, +)
    }

    /// Begins a step of so many shards with these running statistics.
    func begin(count: Int, statistics: AlignedMemory) {
        tree = ShardTree(count: count)
        firstStatistics.floats.update(from: statistics.floats, count: layout.statisticsFloats)
    }

    /// Sets running statistics to those before the step.
    func restoreStatistics(_ statistics: AlignedMemory) {
        statistics.floats.update(from: firstStatistics.floats, count: layout.statisticsFloats)
    }

    /// Multiplies a part of the next shard's gradients by its weight, and adds the sums that wait
    /// for them.
    func addGradients(
        _ gradients: AlignedMemory, _ floats: Range<Int>, weight: Float, in workspace: Workspace
    ) {
        let first = floats.lowerBound
        ElementOperator(count: floats.count).join(
            gradients.floats + first, times: weight,
            with: tree.addends.map { UnsafePointer(waiting[$0].gradients.floats + first) },
            copyingTo: tree.place.map { waiting[$0].gradients.floats + first }, in: workspace)
    }

    /// The same for the next shard's running statistics and its images.
    func addStatistics(_ statistics: AlignedMemory, images: Float, in workspace: Workspace) {
        ElementOperator(count: layout.statisticsFloats).join(
            statistics.floats, times: images,
            with: tree.addends.map { UnsafePointer(waiting[$0].statistics.floats) },
            copyingTo: tree.place.map { waiting[$0].statistics.floats }, in: workspace)
    }

    /// Counts the shard whose gradients and statistics were added.
    func advance() { tree.advance() }
}
