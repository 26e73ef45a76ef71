// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// The paper's network for large images: a ResNet of basic or bottleneck blocks whose 3x3
/// convolutions are `width` times as wide.
///
/// A 7x7 convolution of stride 2 to 64 channels, BN-ReLU, 3x3 max pooling of stride 2, four stages
/// of blocks, the mean over all positions and a linear layer; normalisation and ReLU come *after*
/// each convolution. Depths 18 and 34 have basic blocks, all of whose channels grow with the width.
/// The deeper ones have bottleneck blocks, of which only the two inner widths grow, so 256 to 2048
/// channels leave the stages whatever the width. Width 1 is the ResNet of He et al.; with
/// `activationOrder` `.pre` it is the pre-activation ResNet that the paper's Table 8 compares with.
///
/// - Reference: Zagoruyko & Komodakis 2016, section 3.2, Tables 7 and 8; He et al. 2015, Table 1.
///   Parameter names are torchvision's.
package struct ImageNetWideResNet: Architecture {
    /// The number of convolutions on the longest way, and the linear layer: one of ``depths``.
    package let depth: Int
    /// The widening factor, k; it may be fractional.
    package let width: Double
    /// Whether normalisation and ReLU come after or before the convolutions of a block.
    package let activationOrder: ActivationOrder
    /// The number of classes.
    package let classes: Int
    /// The channels of an image: 3 for colour, 1 for grey.
    package let inputChannels: Int
    /// The choices of the network's function that layers and shapes leave open.
    package private(set) var variant: NetworkVariant

    /// The classes of ImageNet.
    package static let usualClassCount = 1000
    /// The depths that there are.
    package static let depths = stageBlocks.keys.sorted()

    private static let stageBlocks = [
        18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3],
        152: [3, 8, 36, 3], 200: [3, 24, 36, 3],
    ]

    /// The stride is in the 3x3 convolution of bottlenecks, as in torchvision, but in the first of
    /// pre-activation blocks, as in their authors' code, and in the first of basic blocks.
    static func usualVariant(hasBottlenecks: Bool, _ order: ActivationOrder) -> NetworkVariant {
        NetworkVariant(
            shortcutInput: order == .pre ? .activated : .raw,
            stride: hasBottlenecks && order == .post ? .secondConvolution : .firstConvolution)
    }

    var usualVariant: NetworkVariant {
        Self.usualVariant(hasBottlenecks: hasBottlenecks, activationOrder)
    }

    /// The convolution with the stride in a stage's first block.
    package var stridePlacement: NetworkVariant.StridePlacement { variant.stride }

    /// Creates a description.
    ///
    /// - Parameter stridePlacement: The place of the stride in bottlenecks; nil for the 3x3
    ///   convolution, and in pre-activation networks the first one.
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` with the rule and the nearest valid choice.
    package init(
        depth: Int, width: Double, stridePlacement: NetworkVariant.StridePlacement? = nil,
        activationOrder: ActivationOrder = .post, classes: Int = usualClassCount,
        inputChannels: Int = 3
    ) throws(GraphError) {
        guard Self.depths.contains(depth) else {
            let nearest = Self.depths.min { $0.distance(from: depth) < $1.distance(from: depth) }
            throw .invalidArchitecture(
                "depth \(depth) is none of a network for ImageNet: depths are "
                    + "18, 34, 50, 101, 152 and 200; the nearest is \(nearest ?? 50)")
        }
        guard width.isFinite, width <= 1024, width * 64 >= 1 else {
            throw .invalidArchitecture(
                "width \(WideResNet.text(of: width)) is out of range: widths are at least 1/64, so "
                    + "that the first stage has a channel, and at most 1024; the nearest of the "
                    + "paper's is "
                    + (width < 1 ? "1" : "3"))
        }
        guard stridePlacement == nil || depth > 34 else {
            throw .invalidArchitecture(
                "depth \(depth) has basic blocks, which have one place for the stride; "
                    + "leave it out, or take depth 50")
        }
        try WideResNet.check(classes: classes, inputChannels: inputChannels)
        self.depth = depth
        self.width = width
        self.activationOrder = activationOrder
        self.classes = classes
        self.inputChannels = inputChannels
        variant = Self.usualVariant(hasBottlenecks: depth > 34, activationOrder)
        if let stridePlacement { variant.stride = stridePlacement }
    }

    /// All parts, but the shortcut's input in pre-activation networks only; no shortcut is padded.
    package var variantParts: Set<NetworkVariant.Part> {
        activationOrder == .pre
            ? [.activation, .shortcutInput, .stride, .epsilon] : [.activation, .stride, .epsilon]
    }

    /// The same network in another variant.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for a variant that the network cannot have.
    package func with(_ variant: NetworkVariant) throws(GraphError) -> ImageNetWideResNet {
        try check(variant)
        try checkHasNoFirstGroup(variant)
        var network = self
        network.variant = variant
        try network.checkName()
        return network
    }

    /// The blocks of each of the four stages.
    package var stageBlocks: [Int] { Self.stageBlocks[depth] ?? [] }

    /// Whether the blocks are bottlenecks of kernels 1, 3, 1; otherwise they are basic ones of
    /// kernels 3, 3.
    package var hasBottlenecks: Bool { depth > 34 }

    private var residual: ResidualNetwork {
        ResidualNetwork(
            stem: .large, stemChannels: 64, stageBlocks: stageBlocks,
            block: hasBottlenecks ? .bottleneck : .basic, order: activationOrder, variant: variant,
            width: width, classes: classes, inputChannels: inputChannels)
    }
}

extension ImageNetWideResNet {
    /// No dropout: the paper has it in the networks for small images only.
    package var dropout: Double { 0 }
    /// 224, ImageNet's usual crop.
    package var usualImageSize: Int { 224 }
    /// 32: the stem divides by 4, each stage after the first by 2.
    package var totalStride: Int { 32 }

    /// Builds the network for images of `height` x `width` pixels, at least 17x17.
    ///
    /// A bottleneck block computes, with the shortcut's convolution and normalisation only where
    /// the shape changes:
    ///
    ///     y = bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x))))))))
    ///     result = relu(y + (bn(conv(x)) or x))
    ///
    /// Names are torchvision's: `conv1`, `bn1`, `layer1.0.conv1`, ..., `layer1.0.downsample.0`,
    /// `fc`.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    package func graph(height: Int = 224, width: Int = 224) throws(GraphError) -> Graph {
        try checkImage(height: height, width: width)
        return try residual.graph(height: height, width: width)
    }

    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With C classes, I input channels, and in stage s of Nₛ bottleneck blocks inner widths w =
    /// ⌊64·2ˢ·k⌋ and outputs o = 256·2ˢ after i channels:
    ///
    ///     P = 3136·I + 128 + 2048·C + C
    ///       + sum over stages of  i·w + 9·w² + w·o + 4·w + 2·o + i·o + 2·o
    ///                             + (Nₛ - 1)·(2·o·w + 9·w² + 4·w + 2·o)
    ///
    /// Basic blocks, of o = w outputs, count 9·i·w + 9·w² + 4·w, and the shortcut where i ≠ o or s
    /// > 0.
    package var closedFormParameterCount: Int { residual.closedFormParameterCount }
}

extension Int {
    fileprivate func distance(from other: Int) -> UInt {
        self > other ? UInt(bitPattern: self &- other) : UInt(bitPattern: other &- self)
    }
}

extension ImageNetWideResNet {
    /// The network's name, for example `wrn-50-2`, or `resnet-50` for width 1; `-v1` or `-v1.5`
    /// follows where a bottleneck's stride has not its usual place, and the endings of a variant.
    package var name: String {
        var name = activationOrder == .pre ? "preact-" : ""
        name +=
            width == 1 ? "resnet-\(depth)" : "wrn-\(depth)-\(WideResNet.text(of: width))"
        if !NetworkName.isForImageNet(isWide: width != 1, depth: depth, width: width) {
            name += "-imagenet"
        }
        var usual = usualVariant
        if hasBottlenecks, variant.stride != usual.stride {
            name += variant.stride == .firstConvolution ? "-v1" : "-v1.5"
            usual.stride = variant.stride
        }
        return name + variant.endings(unlike: usual)
    }

    /// Reads a name such as `wrn-50-2`, `WRN-18-1.5`, `resnet-50`, `wrn-50-2-v1` or
    /// `preact-resnet-200`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are none of
    ///   these networks'.
    package init(
        name: String, classes: Int = usualClassCount, inputChannels: Int = 3
    ) throws(GraphError) {
        try self.init(NetworkName(name), classes: classes, inputChannels: inputChannels)
    }

    init(_ name: NetworkName, classes: Int, inputChannels: Int) throws(GraphError) {
        try name.checkEndings(
            { ending in
                switch ending {
                case .version, .imageNet: true
                default: false
                }
            }, of: "a network for ImageNet")
        var placement: NetworkVariant.StridePlacement?
        for case .version(let named) in name.endings { placement = named }
        guard placement == nil || name.changes.stride == nil else {
            throw .invalidArchitecture(
                "\"\(name.text)\" names no network: it gives the place of the stride twice")
        }
        let network = try ImageNetWideResNet(
            depth: name.depth, width: name.width,
            stridePlacement: placement, activationOrder: name.order, classes: classes,
            inputChannels: inputChannels)
        self = try network.applying(name.changes)
    }
}
