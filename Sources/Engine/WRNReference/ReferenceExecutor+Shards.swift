// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNPlan
package import WRNWorkers

/// The gradients and running statistics of the shards of a step, added in double precision.
struct ReferenceShards {
    /// A shard's gradients times its weight and statistics times its images by their names, or sums
    /// of these.
    typealias Values = [String: [Double]]

    let group: any WorkerGroup
    private var sum: ShardSum<Values>
    /// The sum over the shards of this process; nil before the last.
    private(set) var total: Values?

    init(count: Int, group: any WorkerGroup) {
        self.group = group
        sum = ShardSum(count: count) { first, second in
            first.merging(second) { zip($0, $1).map { $0 + $1 } }
        }
    }

    mutating func add(_ values: Values) { total = sum.add(values) }
}

extension ReferenceExecutor {
    /// Begins a step of which this process computes so many shards, a power of two.
    ///
    /// - Parameter group: The workers that compute all shards of the step.
    package func beginShards(_ count: Int, in group: any WorkerGroup = SoloWorker()) {
        shards = ReferenceShards(count: count, group: group)
    }

    /// Adds a shard that has no images.
    package func addEmptyShard() {
        let zeros = summedNames.map { name in
            (name, [Double](repeating: 0, count: values[name]?.count ?? 0))
        }
        shards?.add(Dictionary(uniqueKeysWithValues: zeros))
    }

    /// Adds the gradients and the running statistics of a shard.
    func add(
        _ gradients: [String: [Double]], _ statistics: [String: [Double]], weight: Double,
        images: Int
    ) {
        let weighted = gradients.mapValues { $0.map { weight * $0 } }
        let counted = statistics.mapValues { $0.map { Double(images) * $0 } }
        shards?.add(weighted.merging(counted) { first, _ in first })
    }

    /// The names of the gradients and statistics that shards have, in the graph's order.
    private var summedNames: [String] {
        graph.parameters.filter { $0.isTrainable || !scope.frozenStatistics }.map(\.name)
    }

    /// Ends the step's shards: gradients and running statistics become those of the whole batch.
    ///
    /// - Throws: A `WorkerError` when the group has failed.
    /// - Precondition: Each shard of a step that has begun was added.
    package func finishShards(weight: Double, images: Int) throws(WorkerError) {
        guard let shards, let total = shards.total else {
            preconditionFailure("not every shard of the step was added")
        }
        self.shards = nil
        let names = summedNames
        var sums = names.flatMap { total[$0] ?? [] }
        try shards.group.sum(&sums)
        guard images > 0 else { return }
        var rest = sums[...]
        for parameter in graph.parameters where names.contains(parameter.name) {
            let sum = rest.prefix(total[parameter.name]?.count ?? 0)
            rest = rest.dropFirst(sum.count)
            if parameter.isTrainable {
                preciseGradients[parameter.name] = sum.map { $0 / weight }
            } else {
                values[parameter.name] = sum.map { $0 / Double(images) }.roundedToSingle
            }
        }
    }
}
