// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// The paper's network for small images: WRN-d-k with blocks B(M).
///
/// A 3x3 convolution to 16 channels, then three groups of N blocks with 16k, 32k and 64k channels,
/// the second and third group at half the resolution of the one before, then BN-ReLU, the mean over
/// all positions and a linear layer. The depth d counts the convolutions *including* the three 1x1
/// shortcuts, so d = 6N + 4 with the basic block B(3,3). For other blocks a
/// ``WideResNet/DepthRule`` states what d counts.
///
/// - Reference: Zagoruyko & Komodakis 2016, section 2 and Tables 1 to 3.
public struct WideResNet: Architecture {
    /// The depth d: 6N + 4 with basic blocks.
    public let depth: Int
    /// The widening factor, k; it may be fractional.
    public let width: Double
    /// The block type B(M).
    public let block: BlockType
    /// The rule by which the depth gives the number of blocks;
    /// ``WideResNet/DepthRule/countingConvolutions`` where both rules agree.
    public let depthRule: DepthRule
    /// The number of classes.
    public let classes: Int
    /// The probability of dropout between the convolutions of a block; 0 leaves dropout out.
    public let dropout: Double
    /// The channels of an image: 3 for colour, 1 for grey.
    public let inputChannels: Int
    /// The choices of the network's function that layers and shapes leave open.
    public private(set) var variant = NetworkVariant()

    /// The largest depth that is accepted: far above every published network, and small enough to
    /// build.
    public static let maximumDepth = 10_000

    /// Creates a description of WRN-`depth`-`width`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` with the rule and the nearest valid choice.
    public init(
        depth: Int, width: Double, block: BlockType = .basic,
        depthRule: DepthRule = .countingConvolutions, classes: Int = 10, dropout: Double = 0,
        inputChannels: Int = 3
    ) throws(GraphError) {
        try Self.check(depth: depth, block, depthRule)
        try Self.check(width: width)
        try Self.check(classes: classes, inputChannels: inputChannels)
        guard dropout >= 0, dropout < 1 else {
            throw .invalidArchitecture(
                "dropout must be at least 0 and below 1, not \(dropout) (the paper uses 0.3 and "
                    + "0.4)"
            )
        }
        guard dropout == 0 || block.deepeningFactor > 1 else {
            throw .invalidArchitecture(
                "\(block) has one convolution, and dropout is between convolutions, so it must be "
                    + "0, not \(dropout)")
        }
        self.depth = depth
        self.width = width
        self.block = block
        self.depthRule = block.deepeningFactor == 2 ? .countingConvolutions : depthRule
        self.classes = classes
        self.dropout = dropout
        self.inputChannels = inputChannels
    }

    /// All parts but the padding of shortcuts, and with one convolution in a block the place of the
    /// stride.
    public var variantParts: Set<NetworkVariant.Part> {
        block.deepeningFactor == 1
            ? [.activation, .shortcutInput, .stridedPadding, .epsilon]
            : [.activation, .shortcutInput, .stride, .stridedPadding, .epsilon]
    }

    /// The same network in another variant.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for a variant that the network cannot have.
    public func with(_ variant: NetworkVariant) throws(GraphError) -> WideResNet {
        try check(variant)
        var network = self
        network.variant = variant
        try network.checkName()
        return network
    }

    /// 32, the size of CIFAR's images.
    public var usualImageSize: Int { 32 }

    /// 4: the second and the third group divide by 2.
    public var totalStride: Int { 4 }

    /// The number of blocks of a group, N: (d - 4) / 6 with basic blocks.
    public var blocksPerGroup: Int { (depth - 4) / depthRule.step(block) }

    /// The channels of the three groups: 16k, 32k, 64k, rounded down as the authors' code does.
    public var groupChannels: [Int] { [16, 32, 64].map { Int($0 * width) } }

    private static func check(
        depth: Int, _ block: BlockType, _ rule: DepthRule
    ) throws(GraphError) {
        let step = rule.step(block)
        let first = step + 4
        guard depth >= first, depth <= maximumDepth, (depth - 4) % step == 0 else {
            let blocks = (min(max(depth, first), maximumDepth) - 4) / step
            let below = step * blocks + 4
            let nearest =
                depth < below || below + step > maximumDepth
                ? "the nearest is \(below)" : "the nearest are \(below) and \(below + step)"
            let whose = block == .basic ? "" : " with blocks \(block)"
            let examples = (1...4).map { "\(step * $0 + 4)" }.joined(separator: ", ")
            throw .invalidArchitecture(
                "depth \(depth) is not a Wide ResNet's\(whose): depths are \(step)N+4 "
                    + "(\(examples), ... up to \(maximumDepth)); \(nearest)")
        }
    }

    private static func check(width: Double) throws(GraphError) {
        guard width.isFinite, width <= 1024, width * 16 >= 1 else {
            throw .invalidArchitecture(
                "width \(text(of: width)) is out of range: widths are above 0, at least 1/16 so "
                    + "that the first group has a channel, and at most 1024; the nearest common "
                    + "one is "
                    + (width < 1 ? "1" : "20"))
        }
    }

    static func check(classes: Int, inputChannels: Int) throws(GraphError) {
        guard (1...1_000_000).contains(classes) else {
            throw .invalidArchitecture("classes must be in 1...1000000, not \(classes)")
        }
        guard (1...1024).contains(inputChannels) else {
            throw .invalidArchitecture(
                "input channels must be in 1...1024, not \(inputChannels) (3 for colour, 1 for "
                    + "grey)"
            )
        }
    }

    static func text(of width: Double) -> String {
        Int(exactly: width).map(String.init) ?? "\(width)"
    }
}

extension WideResNet {
    /// The network's name, for example `wrn-28-10`, `wrn-16-1.5`, `wrn-40-2-b131`,
    /// `wrn-40-2-b131-table2` or `wrn-28-10-leaky0.1-rawshortcut`.
    public var name: String {
        var name = "wrn-\(depth)-\(Self.text(of: width))"
        if block != .basic { name += "-" + block.ending }
        // Blocks of two convolutions are counted alike by both rules.
        if depthRule == .twoPerBlock { name += "-table2" }
        let isPlain = block == .basic && depthRule == .countingConvolutions
        if isPlain, NetworkName.isForImageNet(isWide: true, depth: depth, width: width) {
            name += "-cifar"
        }
        return name + variant.endings(unlike: NetworkVariant())
    }

    /// Reads a name such as `wrn-28-10`, `WRN-16-1.5`, `wrn-40-2-b131`, `wrn-40-2-l3` or
    /// `wrn-40-2-b131-table2`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are no Wide
    ///   ResNet's.
    public init(
        name: String, classes: Int = 10, dropout: Double = 0, inputChannels: Int = 3
    ) throws(GraphError) {
        try self.init(
            NetworkName(name), classes: classes, dropout: dropout, inputChannels: inputChannels)
    }

    init(
        _ name: NetworkName, classes: Int, dropout: Double, inputChannels: Int
    ) throws(GraphError) {
        guard name.isWide, name.order == .post else {
            throw .invalidArchitecture(
                "\"\(name.text)\" names no Wide ResNet for small images: expected wrn-DEPTH-WIDTH, "
                    + "for example wrn-28-10, whose blocks are pre-activation ones already")
        }
        var (block, rule) = (BlockType?.none, DepthRule.countingConvolutions)
        for ending in name.endings {
            switch ending {
            case .block(let named) where block == nil: block = named
            case .block:
                throw .invalidArchitecture("\"\(name.text)\" names no network: it has two blocks")
            case .twoPerBlock: rule = .twoPerBlock
            default: continue
            }
        }
        try name.checkEndings(
            { ending in
                switch ending {
                case .block, .twoPerBlock, .small: true
                default: false
                }
            }, of: "a Wide ResNet for small images")
        let network = try WideResNet(
            depth: name.depth, width: name.width, block: block ?? .basic, depthRule: rule,
            classes: classes, dropout: dropout, inputChannels: inputChannels)
        self = try network.applying(name.changes)
    }
}

extension WideResNet {
    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With widths n₁, n₂, n₃ = 16k, 32k, 64k after n₀ = 16, kernel sizes m₁ ... mₗ, C classes and
    /// I input channels:
    ///
    ///     P = 144·I + 2·n₃ + C·n₃ + C
    ///       + sum over groups of  b(nᵢ) + [nᵢ ≠ nₒ, or the stride is 2]·nᵢ·nₒ + (N - 1)·b(nₒ)
    ///     b(n) = m₁²·n·nₒ + (m₂² + ... + mₗ²)·nₒ² + 2·n + 2·(l - 1)·nₒ
    public var closedFormParameterCount: Int {
        let squares = block.kernelSizes.map { $0 * $0 }
        let rest = squares.dropFirst().reduce(0, +)
        func count(_ input: Int, _ output: Int) -> Int {
            squares[0] * input * output + rest * output * output
                + 2 * input + 2 * (squares.count - 1) * output
        }
        var total = 9 * 16 * inputChannels
        var input = 16
        for (group, output) in groupChannels.enumerated() {
            total += count(input, output) + (blocksPerGroup - 1) * count(output, output)
            if input != output || group > 0 { total += input * output }
            if hasRawBlocks(in: group) { total -= 2 * input }
            input = output
        }
        return total + 2 * input + input * classes + classes
    }
}
