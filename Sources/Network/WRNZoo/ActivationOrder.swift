// SPDX-License-Identifier: Apache-2.0

/// Whether normalisation and ReLU come after or before the convolutions of a residual block.
public enum ActivationOrder: Hashable, Sendable {
    /// Convolution, BN, ReLU, and a ReLU after the sum: the original ResNet (He et al. 2015).
    case post
    /// BN, ReLU, convolution, and nothing after the sum: the pre-activation ResNet (He et al. 2016,
    /// "Identity Mappings").
    case pre
}
