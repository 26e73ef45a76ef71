// SPDX-License-Identifier: Apache-2.0

/// Which convolution of a stage's first bottleneck block has the stride 2.
public enum StridePlacement: Hashable, Sendable {
    /// The 3x3 convolution, which skips nothing: the version 1.5 of torchvision and of today's weights.
    case spatialConvolution
    /// The first 1x1 convolution, as in the original ResNet.
    case firstConvolution
}
