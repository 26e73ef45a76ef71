// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// The block type B(M) of a Wide ResNet: the kernel sizes M of its convolutions, in order.
///
/// `B(3,3)` is the basic block, `B(1,3,1)` has the bottleneck's kernels. All convolutions of a
/// block have the group's width, so the block is no bottleneck of channels. The number of
/// convolutions is the deepening factor l.
///
/// - Reference: Zagoruyko & Komodakis 2016, section 2.2, Tables 2 and 3.
public struct BlockType: Hashable, Sendable, CustomStringConvertible {
    /// The kernel sizes of the convolutions, each 1, 3, 5 or 7.
    public let kernelSizes: [Int]

    /// The basic block of two 3x3 convolutions.
    public static let basic = BlockType(unchecked: [3, 3])

    /// The most convolutions of a block.
    public static let maximumDeepeningFactor = 16

    /// Creates B(M) with the kernel sizes M.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` unless there are 1 to 16 sizes, each 1, 3,
    ///   5 or 7.
    public init(_ kernelSizes: [Int]) throws(GraphError) {
        try Self.check(deepeningFactor: kernelSizes.count)
        if let size = kernelSizes.first(where: { ![1, 3, 5, 7].contains($0) }) {
            throw .invalidArchitecture(
                "a block's kernels are 1x1, 3x3, 5x5 or 7x7, not \(size)x\(size); "
                    + "the paper's are 1x1 and 3x3, for example B(1,3,1)")
        }
        self.init(unchecked: kernelSizes)
    }

    /// Creates the block of `deepeningFactor` 3x3 convolutions, l in the paper.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` unless l is in `1...16`.
    public init(deepeningFactor: Int) throws(GraphError) {
        try Self.check(deepeningFactor: deepeningFactor)
        self.init(unchecked: [Int](repeating: 3, count: deepeningFactor))
    }

    private static func check(deepeningFactor: Int) throws(GraphError) {
        guard (1...maximumDeepeningFactor).contains(deepeningFactor) else {
            throw .invalidArchitecture(
                "a block has 1 to \(maximumDeepeningFactor) convolutions, not "
                    + "\(deepeningFactor); the paper's have 1 to 4")
        }
    }

    private init(unchecked kernelSizes: [Int]) {
        self.kernelSizes = kernelSizes
    }

    /// The number of convolutions, l.
    public var deepeningFactor: Int { kernelSizes.count }

    /// The paper's notation, for example `B(1,3,1)`.
    public var description: String {
        "B(\(kernelSizes.map(String.init).joined(separator: ",")))"
    }

    /// The ending of a name, for example `b131`.
    var ending: String { "b" + kernelSizes.map(String.init).joined() }
}

extension WideResNet {
    /// The rule from the depth d of a Wide ResNet to the number N of blocks in a group; the paper
    /// uses two.
    ///
    /// They agree for blocks of two convolutions. For others the paper's Table 3 follows the one,
    /// its Table 2 the other.
    public enum DepthRule: Hashable, Sendable, CaseIterable {
        /// N = (d - 4) / (3·l): the depth counts all convolutions, the three 1x1 shortcuts
        /// included, as in Table 3.
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
}
