// SPDX-License-Identifier: Apache-2.0

/// A shard of a step's batch: images that are computed together, and apart from the others.
///
/// Batch normalisation takes its statistics from the shard alone. With the gradient g[s] of shard
/// s, its weight w[s], the n[s] images that it has, and the running statistics r[s] that it makes
/// of those before the step, a step of V shards has
///
///     gradient = T(w[0] g[0], ..., w[V-1] g[V-1]) / T(w[0], ..., w[V-1])
///     running  = T(n[0] r[0], ..., n[V-1] r[V-1]) / T(n[0], ..., n[V-1])
///
/// where T adds in the fixed order of ``ShardTree`` and a shard without images is 0. The statistics
/// move by a linear rule, so they are those of one step by the mean of the shards' statistics,
/// weighted by their images.
package struct StepShard: Hashable, Sendable {
    /// The place in the batch of its first image, by which dropout draws.
    package var firstImage: Int
    /// The weight of its loss and of its gradients: the number of its images, or the sum of their
    /// weights where images have some; above 0.
    package var weight: Double

    /// Describes a shard.
    package init(firstImage: Int, weight: Double) {
        self.firstImage = firstImage
        self.weight = weight
    }
}

/// The order in which the values of shards are added, whoever computes them.
///
///     ((v0 + v1) + (v2 + v3)) + ((v4 + v5) + (v6 + v7))
///
/// Values come one after the other. The sums of complete subtrees wait, at most one of each height,
/// as the digits of a binary number that counts them, so that V values need room for log2(V)
/// others.
package struct ShardTree: Sendable {
    /// The number of values, a power of two.
    package let count: Int
    /// The values so far.
    package private(set) var done = 0

    /// Creates the order of so many values.
    ///
    /// - Precondition: `count` is a power of two.
    package init(count: Int) {
        precondition(count > 0 && count & (count - 1) == 0, "\(count) shards are no power of two")
        self.count = count
    }

    /// The number of sums that may have to wait at the same time.
    package var height: Int { count.trailingZeroBitCount }

    /// The heights of the waiting sums that the next value is added to, in this order.
    package var addends: Range<Int> { 0..<(~done).trailingZeroBitCount }

    /// The height at which the next value waits, with the sums that were added to it; nil where it
    /// is the last one, with which the sum is complete.
    package var place: Int? { done + 1 == count ? nil : addends.upperBound }

    /// Counts a value.
    ///
    /// - Precondition: There is one left.
    package mutating func advance() {
        precondition(done < count, "there are \(count) shards, and all of them are added")
        done += 1
    }
}

/// The sum of values in the order of a ``ShardTree``.
package struct ShardSum<Value> {
    private var tree: ShardTree
    private var waiting: [Value?]
    private let add: (Value, Value) -> Value

    /// Begins the sum of so many values, a power of two.
    package init(count: Int, adding add: @escaping (Value, Value) -> Value) {
        tree = ShardTree(count: count)
        waiting = Array(repeating: nil, count: tree.height)
        self.add = add
    }

    /// Adds the next value.
    ///
    /// - Returns: The sum of all with the last value, nil before it.
    package mutating func add(_ value: Value) -> Value? {
        var sum = value
        for height in tree.addends {
            guard let other = waiting[height] else {
                preconditionFailure("no sum waits at the height \(height)")
            }
            sum = add(other, sum)
            waiting[height] = nil
        }
        let place = tree.place
        tree.advance()
        guard let place else { return sum }
        waiting[place] = sum
        return nil
    }
}
