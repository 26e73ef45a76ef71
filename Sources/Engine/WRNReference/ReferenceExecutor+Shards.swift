// SPDX-License-Identifier: Apache-2.0

import WRNPlan

/// The gradients and running statistics of the shards of a step, added in double precision.
struct ReferenceShards {
    /// A shard's gradients times its weight and statistics times its images, or sums of these.
    struct Values {
        var gradients: [String: [Double]] = [:]
        var statistics: [String: [Double]] = [:]
    }

    private var sum: ShardSum<Values>
    /// The sum over all shards; nil before the last.
    private(set) var total: Values?

    init(count: Int) {
        sum = ShardSum(count: count) { first, second in
            Values(
                gradients: Self.add(first.gradients, second.gradients),
                statistics: Self.add(first.statistics, second.statistics))
        }
    }

    mutating func add(_ values: Values) { total = sum.add(values) }

    /// The sums by name; what only one of both has is added to 0.
    private static func add(
        _ first: [String: [Double]], _ second: [String: [Double]]
    ) -> [String: [Double]] {
        first.merging(second) { zip($0, $1).map { $0 + $1 } }
    }
}

extension ReferenceExecutor {
    /// Begins a step whose batch is computed in so many shards, a power of two.
    package func beginShards(_ count: Int) { shards = ReferenceShards(count: count) }

    /// Adds a shard that has no images.
    package func addEmptyShard() { shards?.add(ReferenceShards.Values()) }

    /// Adds the gradients and the running statistics of a shard.
    func add(
        _ gradients: [String: [Double]], _ statistics: [String: [Double]], weight: Double,
        images: Int
    ) {
        shards?.add(
            ReferenceShards.Values(
                gradients: gradients.mapValues { $0.map { weight * $0 } },
                statistics: statistics.mapValues { $0.map { Double(images) * $0 } }))
    }

    /// Ends the step's shards: gradients and running statistics become those of the whole batch.
    ///
    /// - Precondition: Each shard of a step that has begun was added.
    package func finishShards(weight: Double, images: Int) {
        guard let total = shards?.total else {
            preconditionFailure("not every shard of the step was added")
        }
        shards = nil
        guard images > 0 else { return }
        preciseGradients = total.gradients.mapValues { $0.map { $0 / weight } }
        values.merge(
            total.statistics.mapValues { $0.map { $0 / Double(images) }.roundedToSingle }
        ) { _, new in new }
    }
}
