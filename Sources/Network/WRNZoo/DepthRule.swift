// SPDX-License-Identifier: Apache-2.0

/// The rule from the depth d of a Wide ResNet to the number N of blocks in a group; the paper uses
/// two.
///
/// They agree for blocks of two convolutions. For others the paper's Table 3 follows the one, its
/// Table 2 the other.
public enum DepthRule: Hashable, Sendable, CaseIterable {
    /// N = (d - 4) / (3·l): the depth counts all convolutions, the three 1x1 shortcuts included, as
    /// in Table 3.
    case countingConvolutions
    /// N = (d - 4) / 6: the depth counts as if each block had two convolutions, as in Table 2,
    /// whatever it has.
    case twoPerBlock

    /// The depth that one more block in each group adds.
    func step(_ block: BlockType) -> Int {
        switch self {
        case .countingConvolutions: 3 * block.deepeningFactor
        case .twoPerBlock: 6
        }
    }
}
