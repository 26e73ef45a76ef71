// SPDX-License-Identifier: Apache-2.0

import WRNRandom

/// In which order an epoch goes through the images.
public enum BatchOrder: Hashable, Sendable {
    /// As they are stored.
    case sequential
    /// In an order of their own for each seed and epoch.
    case shuffled(seed: UInt64, epoch: Int)

    /// The epoch's number; 0 for `sequential`.
    public var epoch: Int {
        switch self {
        case .sequential: 0
        case .shuffled(_, let epoch): epoch
        }
    }

    /// The order of `count` images.
    func indices(count: Int) -> [Int] {
        switch self {
        case .sequential: Array(0..<count)
        case .shuffled(let seed, let epoch):
            RandomStream(seed: seed, purpose: .shuffling, step: epoch).permutation(count: count)
        }
    }
}
