// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// The residual networks for small images that the paper compares with: original and pre-activation
/// ResNets of depth 20 to 1202.
///
/// A 3x3 convolution to 16 channels, three stages of n blocks of widths 16, 32 and 64, the mean
/// over all positions and a linear layer. Basic blocks are 3x3, 3x3, so the depth is 6n + 2;
/// bottleneck blocks are 1x1, 3x3, 1x1 with four times the outputs, so it is 9n + 2.
///
/// - Reference: He et al. 2015, "Deep Residual Learning", section 4.2; He et al. 2016, "Identity
///   Mappings", section 4; in the paper Table 5.
package struct ResNet: Architecture {
    /// The convolutions of a block.
    package enum Block: Hashable, Sendable {
        /// 3x3, 3x3.
        case basic
        /// 1x1, 3x3, 1x1, with four times the outputs.
        case bottleneck

        /// The convolutions.
        var convolutions: Int { self == .basic ? 2 : 3 }
    }

    /// A shortcut where the shape changes.
    package enum Shortcut: Hashable, Sendable {
        /// Option A: the identity on every second pixel and zeros for new channels, without
        /// parameters.
        case subsampling
        /// Option B: a 1x1 convolution.
        case convolution
    }

    /// The number of convolutions on the longest way, and the linear layer: 6n + 2, or 9n + 2 with
    /// bottlenecks.
    package let depth: Int
    /// The convolutions of a block.
    package let block: Block
    /// Whether normalisation and ReLU come after or before the convolutions of a block.
    package let activationOrder: ActivationOrder
    /// The shortcut where the shape changes.
    package let shortcut: Shortcut
    /// The number of classes.
    package let classes: Int
    /// The channels of an image: 3 for colour, 1 for grey.
    package let inputChannels: Int
    /// The choices of the network's function that layers and shapes leave open.
    package private(set) var variant: NetworkVariant

    /// Creates a description.
    ///
    /// - Parameters:
    ///   - block: Nil for ``usualBlock(depth:)``.
    ///   - shortcut: Nil for ``usualShortcut(_:_:)``.
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` with the rule and the nearest valid choice.
    package init(
        depth: Int, block: Block? = nil, activationOrder: ActivationOrder = .post,
        shortcut: Shortcut? = nil, classes: Int = 10, inputChannels: Int = 3
    ) throws(GraphError) {
        let block = block ?? Self.usualBlock(depth: depth)
        try Self.check(depth: depth, block)
        try WideResNet.check(classes: classes, inputChannels: inputChannels)
        self.depth = depth
        self.block = block
        self.activationOrder = activationOrder
        self.shortcut = shortcut ?? Self.usualShortcut(block, activationOrder)
        self.classes = classes
        self.inputChannels = inputChannels
        variant = Self.usualVariant(block, activationOrder, self.shortcut)
    }

    /// The blocks that a depth stands for where none are named: bottlenecks for 164, as published,
    /// and for what only they can have, such as 1001; else basic ones.
    package static func usualBlock(depth: Int) -> Block {
        guard depth > 2, depth % 9 == 2 else { return .basic }
        return depth == 164 || depth % 6 != 2 ? .bottleneck : .basic
    }

    /// The shortcut where none is named: option A in the original network of basic blocks, as
    /// published; else option B.
    package static func usualShortcut(_ block: Block, _ order: ActivationOrder) -> Shortcut {
        block == .basic && order == .post ? .subsampling : .convolution
    }

    /// Strides are where the authors' codes have them: in bottlenecks before activation in the
    /// first convolution, after it in the 3x3 one.
    ///
    /// Only convolutions of shortcuts in pre-activation networks read what is activated.
    static func usualVariant(
        _ block: Block, _ order: ActivationOrder, _ shortcut: Shortcut
    ) -> NetworkVariant {
        NetworkVariant(
            shortcutInput: order == .pre && shortcut == .convolution ? .activated : .raw,
            stride: block == .bottleneck && order == .post ? .secondConvolution : .firstConvolution)
    }

    /// All parts, but the shortcut's input in pre-activation networks only, and the padding with
    /// option A only.
    package var variantParts: Set<NetworkVariant.Part> {
        var parts: Set<NetworkVariant.Part> = [.activation, .stride, .epsilon]
        if activationOrder == .pre { parts.insert(.shortcutInput) }
        if shortcut == .subsampling { parts.insert(.padding) }
        return parts
    }

    /// The same network in another variant.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for a variant that the network cannot have.
    package func with(_ variant: NetworkVariant) throws(GraphError) -> ResNet {
        try check(variant)
        try checkHasNoFirstGroup(variant)
        var network = self
        network.variant = variant
        try network.checkName()
        return network
    }

    private static func check(depth: Int, _ block: Block) throws(GraphError) {
        let maximum = WideResNet.maximumDepth
        let step = 3 * block.convolutions
        guard depth < step + 2 || depth > maximum || (depth - 2) % step != 0 else { return }
        let blocks = (min(max(depth, step + 2), maximum) - 2) / step
        let below = step * blocks + 2
        let nearest =
            depth < below || below + step > maximum
            ? "the nearest is \(below)" : "the nearest are \(below) and \(below + step)"
        let (these, rule, others) =
            block == .basic
            ? ("basic", "6n+2", "with bottlenecks 9n+2") : ("bottleneck", "9n+2", "with basic 6n+2")
        throw .invalidArchitecture(
            "depth \(depth) is not a ResNet's for small images: with \(these) blocks depths are "
                + "\(rule), \(others), up to \(maximum); \(nearest)")
    }

    /// The number of blocks of a stage, n.
    package var blocksPerStage: Int { (depth - 2) / (3 * block.convolutions) }

    private var residual: ResidualNetwork {
        ResidualNetwork(
            stem: .small, stemChannels: 16,
            stageBlocks: [Int](repeating: blocksPerStage, count: 3),
            block: block == .basic ? .basic : .bottleneck, order: activationOrder,
            shortcut: shortcut == .subsampling ? .subsampling : .convolution, variant: variant,
            classes: classes, inputChannels: inputChannels)
    }
}

extension ResNet {
    /// No dropout: the networks were published without.
    package var dropout: Double { 0 }
    /// 32, the size of CIFAR's images.
    package var usualImageSize: Int { 32 }
    /// 4: the second and the third stage divide by 2.
    package var totalStride: Int { 4 }

    /// Builds the network for images of `height` x `width` pixels, at least 3x3.
    ///
    /// Names are torchvision's: `conv1`, `bn1`, `layer1.0.conv1`, ..., `layer2.0.downsample.0`,
    /// `fc`. In pre-activation networks `layer2.0.downsample` is the shortcut's convolution itself,
    /// and `bn` the normalisation after the last block.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    package func graph(height: Int = 32, width: Int = 32) throws(GraphError) -> Graph {
        try checkImage(height: height, width: width)
        return try residual.graph(height: height, width: width)
    }

    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With I input channels, C classes, and in a stage of n blocks the width w and outputs o after
    /// i channels:
    ///
    ///     P = 144·I + [32 after the stem, or 2·o before the mean] + o·C + C
    ///       + sum over stages of
    ///         b(i) + (n - 1)·b(o) + [option B where i ≠ o]·(i·o + [post-activation]·2·o)
    ///     basic:       b(i) = 9·i·w + 9·w² + 4·w;  o = w
    ///                  before the convolutions  2·i + 2·w instead of 4·w
    ///     bottleneck:  b(i) = i·w + 9·w² + w·o + 4·w + 2·o;  o = 4·w
    ///                  before the convolutions  2·i + 4·w instead of 4·w + 2·o
    package var closedFormParameterCount: Int { residual.closedFormParameterCount }
}

extension ResNet {
    /// The network's name, for example `resnet-20`, `resnet-20-b`, `resnet-50-cifar`,
    /// `preact-resnet-164` or `resnet-20-padboth`; an ending stands for what is not as usual.
    package var name: String {
        var name = (activationOrder == .pre ? "preact-" : "") + "resnet-\(depth)"
        var isPlain = true
        if block != Self.usualBlock(depth: depth) {
            name += block == .basic ? "-basic" : "-bottleneck"
            isPlain = false
        }
        if shortcut != Self.usualShortcut(block, activationOrder) {
            name += shortcut == .subsampling ? "-a" : "-b"
            isPlain = false
        }
        if isPlain, NetworkName.isForImageNet(isWide: false, depth: depth, width: 1) {
            name += "-cifar"
        }
        return name
            + variant.endings(unlike: Self.usualVariant(block, activationOrder, shortcut))
    }

    /// Reads a name such as `resnet-20`, `ResNet-110-B`, `preact-resnet-164` or `resnet-50-cifar`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are none of
    ///   these networks'.
    package init(name: String, classes: Int = 10, inputChannels: Int = 3) throws(GraphError) {
        try self.init(NetworkName(name), classes: classes, inputChannels: inputChannels)
    }

    init(_ name: NetworkName, classes: Int, inputChannels: Int) throws(GraphError) {
        guard !name.isWide else {
            throw .invalidArchitecture(
                "\"\(name.text)\" names no ResNet: expected resnet-DEPTH, for example resnet-110, "
                    + "or preact-resnet-DEPTH, for example preact-resnet-164")
        }
        var (block, shortcut) = (Block?.none, Shortcut?.none)
        for ending in name.endings {
            switch ending {
            case .residualBlock(let named) where block == nil: block = named
            case .shortcut(let named) where shortcut == nil: shortcut = named
            case .residualBlock, .shortcut:
                throw .invalidArchitecture(
                    "\"\(name.text)\" names no network: two of its endings contradict each other")
            default: continue
            }
        }
        try name.checkEndings(
            { ending in
                switch ending {
                case .residualBlock, .shortcut, .small: true
                default: false
                }
            }, of: "a ResNet for small images")
        let network = try ResNet(
            depth: name.depth, block: block, activationOrder: name.order, shortcut: shortcut,
            classes: classes, inputChannels: inputChannels)
        self = try network.applying(name.changes)
    }
}
