// SPDX-License-Identifier: Apache-2.0

/// How the depth d of a Wide ResNet gives the number N of blocks in a group; the paper uses two rules.
///
/// They agree for blocks of two convolutions. For others the paper's Table 3 counts only with the one, its Table 2 only with the
/// other.
public enum DepthRule: Hashable, Sendable, CaseIterable {
    /// N = (d - 4) / (3·l): the depth counts all convolutions, the three 1x1 shortcuts included, as in Table 3.
    case countingConvolutions
    /// N = (d - 4) / 6: the depth counts as if each block had two convolutions, as in Table 2, whatever it has.
    case twoPerBlock

    /// How many more there are of depth with one more block in each group.
    func step(_ block: BlockType) -> Int {
        switch self {
        case .countingConvolutions: 3 * block.deepeningFactor
        case .twoPerBlock: 6
        }
    }
}
