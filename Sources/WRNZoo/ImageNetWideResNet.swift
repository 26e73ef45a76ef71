// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// The paper's network for large images: a ResNet of bottleneck blocks B(1,3,1) whose 3x3 convolutions are `width` times as wide.
///
/// A 7x7 convolution of stride 2 to 64 channels, BN-ReLU, 3x3 max pooling of stride 2, four stages of bottleneck blocks, the
/// mean over all positions and a linear layer; normalisation and ReLU come *after* each convolution. Only the two inner
/// widths of a block grow, so 256 to 2048 channels leave the stages whatever the width. Width 1 is the ResNet of He et al.
///
/// - Reference: Zagoruyko & Komodakis 2016, section 3.2 and Table 8; He et al. 2015, Table 1. Parameter names are torchvision's.
public struct ImageNetWideResNet: Architecture {
    /// Which convolution of a stage's first block has the stride 2.
    public enum StridePlacement: Hashable, Sendable {
        /// The 3x3 convolution, which skips nothing: the version 1.5 of torchvision and of today's weights.
        case spatialConvolution
        /// The first 1x1 convolution, as in the original ResNet.
        case firstConvolution
    }

    /// The number of convolutions on the longest way, and the linear layer: 50, 101 or 152.
    public let depth: Int
    /// The widening factor, k; it may be fractional.
    public let width: Double
    /// Which convolution of a stage's first block has the stride.
    public let stridePlacement: StridePlacement
    /// The number of classes.
    public let classes: Int
    /// The channels of an image: 3 for colour, 1 for grey.
    public let inputChannels: Int

    /// The classes of ImageNet.
    public static let usualClassCount = 1000
    /// The depths that there are.
    public static let depths = [50, 101, 152]

    /// Creates a description.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` with the rule and a valid choice.
    public init(
        depth: Int, width: Double, stridePlacement: StridePlacement = .spatialConvolution,
        classes: Int = usualClassCount, inputChannels: Int = 3
    ) throws(GraphError) {
        guard Self.depths.contains(depth) else {
            throw .invalidArchitecture(
                "depth \(depth) is none of a bottleneck network for ImageNet; they are "
                    + "50, 101 and 152")
        }
        guard width.isFinite, width <= 1024, width * 64 >= 1 else {
            throw .invalidArchitecture(
                "width \(WideResNet.text(of: width)) is out of range: widths are at least 1/64, so that the "
                    + "first stage has a channel, and at most 1024; the paper's is 2")
        }
        try WideResNet.check(classes: classes, inputChannels: inputChannels)
        self.depth = depth
        self.width = width
        self.stridePlacement = stridePlacement
        self.classes = classes
        self.inputChannels = inputChannels
    }

    var bottlenecks: BottleneckNetwork {
        let blocks: [Int: [Int]] = [50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]]
        return BottleneckNetwork(
            stageBlocks: blocks[depth] ?? [], stemChannels: 64, width: width,
            stridePlacement: stridePlacement, classes: classes, inputChannels: inputChannels)
    }
}

extension ImageNetWideResNet {
    /// No dropout: the paper has it in the networks for small images only.
    public var dropout: Double { 0 }
    /// 224, ImageNet's usual crop.
    public var usualImageSize: Int { 224 }

    /// Builds the network for images of `height` x `width` pixels; any size from 1 x 1 fits.
    ///
    /// A block computes, with the shortcut's convolution and normalisation only in the first block of a stage:
    ///
    ///     y = bn3(conv3(relu(bn2(conv2(relu(bn1(conv1(x))))))));  result = relu(y + (bn(conv(x)) or x))
    ///
    /// Names are torchvision's: `conv1`, `bn1`, `layer1.0.conv1`, ..., `layer1.0.downsample.0`, `fc`.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    public func graph(height: Int = 224, width: Int = 224) throws(GraphError) -> Graph {
        try bottlenecks.graph(height: height, width: width)
    }

    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With C classes, I input channels, and in stage s of Nₛ blocks inner widths w = ⌊64·2ˢ·k⌋ and outputs o = 256·2ˢ after
    /// i channels:
    ///
    ///     P = 3136·I + 128 + 2048·C + C
    ///       + sum over stages of  i·w + 9·w² + w·o + 4·w + 2·o + i·o + 2·o
    ///                             + (Nₛ - 1)·(2·o·w + 9·w² + 4·w + 2·o)
    public var closedFormParameterCount: Int { bottlenecks.closedFormParameterCount }
}
