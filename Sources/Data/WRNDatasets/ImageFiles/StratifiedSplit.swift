// SPDX-License-Identifier: Apache-2.0

import WRNRandom

/// A random choice of a fraction of each class's files for validation, the same for the same seed.
///
/// The choice in a class depends only on the seed, the class folder's name and the number of its
/// files: adding or removing another class does not change it.
struct StratifiedSplit {
    let fraction: Double
    let seed: UInt64

    /// Whether each of a class's `count` files, in order, is for validation.
    ///
    /// Of `count` files `count * fraction` are, rounded to the nearest; at least one, and never
    /// all, of two files or more.
    func isForValidation(folder: String, count: Int) -> [Bool] {
        guard count >= 2 else { return Array(repeating: false, count: count) }
        let wanted = Int((Double(count) * fraction).rounded())
        let stream = RandomStream(
            seed: seed, purpose: .splitting, item: Int(Self.hash(folder) & 0x7FFF_FFFF))
        var chosen = Array(repeating: false, count: count)
        for index in stream.permutation(count: count).prefix(min(max(wanted, 1), count - 1)) {
            chosen[index] = true
        }
        return chosen
    }

    /// FNV-1a of the name's bytes.
    private static func hash(_ name: String) -> UInt32 {
        name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}

/// Chooses images class by class in turn, so that few images still are of all classes.
package enum RoundRobin {
    /// The indices of `count` images, in their order: the first of each class, then the second of
    /// each, and so on.
    ///
    /// Of the result a smaller count chooses the same images as of the whole.
    package static func indices(labels: [Int], classes: Int, count: Int) -> [Int] {
        guard count < labels.count else { return Array(labels.indices) }
        var turns = Array(repeating: 0, count: classes)
        let order = labels.indices.map { index in
            defer { turns[labels[index]] += 1 }
            return (turn: turns[labels[index]], label: labels[index], index: index)
        }
        return order.sorted { ($0.turn, $0.label) < ($1.turn, $1.label) }
            .prefix(max(count, 0)).map(\.index).sorted()
    }
}
