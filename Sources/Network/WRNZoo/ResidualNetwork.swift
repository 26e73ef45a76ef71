// SPDX-License-Identifier: Apache-2.0

/// A residual network of basic or bottleneck blocks in stages, normalised before or after
/// convolutions: the general case of the ResNets.
///
/// Stage s has blocks of the inner width w = ⌊c·2ˢ·k⌋, where c is the first stage's base width and
/// k the widening factor; stages after the first begin with stride 2. A basic block is 3x3, 3x3 and
/// puts out w channels; a bottleneck block is 1x1, 3x3, 1x1 and puts out 4·c·2ˢ, whatever its
/// width.
package struct ResidualNetwork: Hashable, Sendable {
    /// The layers before the first stage.
    package enum Stem: Hashable, Sendable {
        /// A 3x3 convolution, for small images.
        case small
        /// A 7x7 convolution of stride 2, BN-ReLU, and 3x3 max pooling of stride 2, for large
        /// images.
        case large
    }

    /// The convolutions of a block.
    package enum Block: Hashable, Sendable {
        /// 3x3, 3x3.
        case basic
        /// 1x1, 3x3, 1x1 with four times the outputs.
        case bottleneck
    }

    /// A shortcut where the shape changes; elsewhere it is the identity.
    package enum Shortcut: Hashable, Sendable {
        /// The identity on every second pixel, and zeros: option A of He et al.
        case subsampling
        /// A 1x1 convolution, with a normalisation in post-activation networks: option B.
        case convolution
    }

    /// The layers before the first stage.
    package var stem: Stem
    /// The channels of the stem, and the base width c of the first stage.
    package var stemChannels: Int
    /// The blocks of each stage.
    package var stageBlocks: [Int]
    /// The convolutions of a block.
    package var block: Block
    /// Whether normalisation and ReLU come after or before convolutions.
    package var order: ActivationOrder
    /// The shortcut where the shape changes.
    package var shortcut: Shortcut
    /// The choices that shapes leave open.
    package var variant: NetworkVariant
    /// The widening factor, k.
    package var width: Double
    /// The number of classes.
    package var classes: Int
    /// The channels of an image.
    package var inputChannels: Int

    /// Collects the numbers.
    package init(
        stem: Stem, stemChannels: Int, stageBlocks: [Int], block: Block,
        order: ActivationOrder = .post, shortcut: Shortcut = .convolution,
        variant: NetworkVariant = NetworkVariant(), width: Double = 1, classes: Int,
        inputChannels: Int
    ) {
        self.stem = stem
        self.stemChannels = stemChannels
        self.stageBlocks = stageBlocks
        self.block = block
        self.order = order
        self.shortcut = shortcut
        self.variant = variant
        self.width = width
        self.classes = classes
        self.inputChannels = inputChannels
    }

    /// A convolution of a block's branch.
    struct Layer {
        let channels: Int
        let kernelSize: Int
        let stride: Int
    }

    /// The convolutions of the blocks of a stage; the first block has the stride.
    func blocks(ofStage stage: Int) -> [[Layer]] {
        let base = stemChannels << stage
        let inner = Int(Double(base) * width)
        return (0..<stageBlocks[stage]).map { index in
            let stride = stage > 0 && index == 0 ? 2 : 1
            let (first, second) =
                variant.stride == .firstConvolution ? (stride, 1) : (1, stride)
            switch block {
            case .basic:
                return [
                    Layer(channels: inner, kernelSize: 3, stride: first),
                    Layer(channels: inner, kernelSize: 3, stride: second),
                ]
            case .bottleneck:
                return [
                    Layer(channels: inner, kernelSize: 1, stride: first),
                    Layer(channels: inner, kernelSize: 3, stride: second),
                    Layer(channels: 4 * base, kernelSize: 1, stride: 1),
                ]
            }
        }
    }
}

/// Whether normalisation and ReLU come after or before the convolutions of a residual block.
package enum ActivationOrder: Hashable, Sendable {
    /// Convolution, BN, ReLU, and a ReLU after the sum: the original ResNet (He et al. 2015).
    case post
    /// BN, ReLU, convolution, and nothing after the sum: the pre-activation ResNet (He et al. 2016,
    /// "Identity Mappings").
    case pre
}

extension ResidualNetwork {
    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With I input channels, C classes, c stem channels of kernel q, and in stage s of Nₛ blocks
    /// the inner width w and outputs o after i channels, where b(i) is a block that reads i
    /// channels:
    ///
    ///     P = q²·I·c + [BN after the stem]·2·c + [pre-activation]·2·o + o·C + C
    ///       + sum over stages of  b(i) + (Nₛ - 1)·b(o)
    ///                             + [shortcut is a convolution]·(i·o + [post-activation]·2·o)
    ///     basic:       b(i) = 9·i·w + 9·w² + 4·w,  or before the convolutions  2·i + 2·w;  o = w
    ///     bottleneck:  b(i) = i·w + 9·w² + w·o + 4·w + 2·o,  or before the convolutions  2·i + 4·w
    package var closedFormParameterCount: Int {
        let kernel = stem == .large ? 49 : 9
        var count = kernel * inputChannels * stemChannels
        if stem == .large || order == .post { count += 2 * stemChannels }
        var input = stemChannels
        for (stage, blocks) in stageBlocks.enumerated() where blocks > 0 {
            let base = stemChannels << stage
            let inner = Int(Double(base) * width)
            let output = block == .basic ? inner : 4 * base
            if shortcut == .convolution, stage > 0 || input != output {
                count += input * output + (order == .post ? 2 * output : 0)
            }
            count += blockCount(input, inner, output)
            count += (blocks - 1) * blockCount(output, inner, output)
            input = output
        }
        if order == .pre { count += 2 * input }
        return count + input * classes + classes
    }

    /// The parameters of a block's branch.
    private func blockCount(_ input: Int, _ inner: Int, _ output: Int) -> Int {
        let normalized = order == .post ? output : input
        switch block {
        case .basic:
            return 9 * input * inner + 9 * inner * inner + 2 * normalized + 2 * inner
        case .bottleneck:
            return input * inner + 9 * inner * inner + inner * output + 4 * inner + 2 * normalized
        }
    }
}
