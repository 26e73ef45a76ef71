// SPDX-License-Identifier: Apache-2.0

/// The place of the stride 2 in a stage's first block.
public enum StridePlacement: String, Hashable, Sendable, Codable, CaseIterable {
    /// The first one: usual in basic blocks; in bottlenecks the 1x1 convolution, as in the original
    /// ResNet.
    case firstConvolution = "first"
    /// The second one: in bottlenecks the 3x3 convolution, which skips nothing: the version 1.5 of
    /// torchvision and of today's weights.
    case secondConvolution = "second"
}
