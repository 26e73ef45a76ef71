// SPDX-License-Identifier: Apache-2.0

/// A residual block's place: which stage, and which of its blocks, both from 0.
package struct BlockPlace: Hashable, Sendable {
    package let stage: Int
    package let block: Int
}

/// The place of a layer with parameters in a residual network, whatever its name.
///
/// Dialects share the places: the graph has a network's places, a dialect has their names.
package enum LayerPlace: Hashable, Sendable {
    /// The convolution that reads the image.
    case stemConvolution
    /// The normalisation between the stem and the first block.
    case stemNormalization
    /// A convolution of a block's branch, from 0.
    case convolution(BlockPlace, Int)
    /// A normalisation of a block's branch, from 0; in pre-activation blocks the one before the
    /// convolution of that number.
    case normalization(BlockPlace, Int)
    /// The convolution of a block's shortcut.
    case shortcutConvolution(BlockPlace)
    /// The normalisation behind it.
    case shortcutNormalization(BlockPlace)
    /// The normalisation behind the last block.
    case finalNormalization
    /// The linear layer that puts out the logits.
    case head
}

/// The properties of networks that dialects name differently.
package struct NetworkForm: Hashable, Sendable, CaseIterable {
    /// Whether normalisation and ReLU come before the convolutions of a block.
    package let isPreActivation: Bool
    /// Whether the stem has a normalisation, in pre-activation networks, or a pooling, in others:
    /// networks for ImageNet.
    package let isLarge: Bool

    /// All four.
    package static let allCases = [
        NetworkForm(isPreActivation: true, isLarge: false),
        NetworkForm(isPreActivation: false, isLarge: true),
        NetworkForm(isPreActivation: false, isLarge: false),
        NetworkForm(isPreActivation: true, isLarge: true),
    ]
}
