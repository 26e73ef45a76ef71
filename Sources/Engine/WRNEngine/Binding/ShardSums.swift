// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNPlan
import WRNTensor

/// The sums of a step's gradients and running statistics over the shards of its batch, in the order
/// of a ``ShardTree``.
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

    /// The bytes of all blocks.
    var byteCount: Int {
        waiting.map { $0.gradients.byteCount + $0.statistics.byteCount }
            .reduce(firstStatistics.byteCount, +)
    }

    /// Begins a step with these running statistics.
    func begin(statistics: AlignedMemory) {
        tree = ShardTree(count: count)
        firstStatistics.floats.update(from: statistics.floats, count: layout.statisticsFloats)
    }

    /// Sets running statistics to those before the step.
    func restoreStatistics(_ statistics: AlignedMemory) {
        statistics.floats.update(from: firstStatistics.floats, count: layout.statisticsFloats)
    }

    /// Multiplies a shard's gradients by its weight and its statistics by its images, and adds the
    /// sums that wait for them.
    ///
    /// - Parameter hasStatistics: Whether the statistics have moved; otherwise they stay as they
    ///   are, without the rounding of a sum.
    func add(
        _ memory: NetworkMemory, weight: Float, images: Float, hasStatistics: Bool,
        in workspace: Workspace
    ) {
        let (addends, place) = (tree.addends.map { waiting[$0] }, tree.place.map { waiting[$0] })
        ElementOperator(count: layout.trainableFloats).join(
            memory.gradients.floats, times: weight,
            with: addends.map { UnsafePointer($0.gradients.floats) },
            copyingTo: place?.gradients.floats, in: workspace)
        if hasStatistics {
            ElementOperator(count: layout.statisticsFloats).join(
                memory.statistics.floats, times: images,
                with: addends.map { UnsafePointer($0.statistics.floats) },
                copyingTo: place?.statistics.floats, in: workspace)
        }
        tree.advance()
    }

    /// Whether each shard has been added.
    var isComplete: Bool { tree.done == tree.count }
}
