// SPDX-License-Identifier: Apache-2.0

/// Chooses images class by class in turn, so that few images still are of all classes.
enum RoundRobin {
    /// The indices of `count` images, in their order: the first of each class, then the second of each, and so on.
    ///
    /// Of the result a smaller count chooses the same images as of the whole.
    static func indices(labels: [Int], classes: Int, count: Int) -> [Int] {
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
