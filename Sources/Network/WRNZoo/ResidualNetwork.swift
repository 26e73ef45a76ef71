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
    /// What shapes leave open.
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
