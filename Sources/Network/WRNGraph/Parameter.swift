// SPDX-License-Identifier: Apache-2.0

public import WRNTensor

/// A tensor that belongs to a node: its name, shape, role and first value.
public struct Parameter: Hashable, Sendable {
    /// What the tensor is to its node.
    public enum Role: Hashable, Sendable {
        /// A convolution's or linear layer's weight.
        case weight
        /// A linear layer's bias.
        case bias
        /// A batch normalisation's γ.
        case scale
        /// A batch normalisation's β.
        case shift
        /// A batch normalisation's running mean: a statistic, not trained.
        case runningMean
        /// A batch normalisation's running variance: a statistic, not trained.
        case runningVariance
    }

    /// How a new network fills the tensor.
    public enum Initializer: Hashable, Sendable {
        /// Every element is this number.
        case constant(Float)
        /// Normal with mean 0 and variance `2 / fanIn` (He et al. 2015, equation 10; the authors'
        /// `MSRinit`).
        case heNormal(fanIn: Int)
        /// Uniform in ±1/sqrt(fanIn): what Torch gives a linear layer.
        case uniform(fanIn: Int)
    }

    /// The full name, `node.suffix`, with PyTorch's suffixes: `weight`, `bias`, `running_mean`,
    /// `running_var`.
    public let name: String
    /// The extents; convolution weights are `[O, I, kH, kW]`.
    public let shape: TensorShape
    /// What the tensor is to its node.
    public let role: Role
    /// How a new network fills it.
    public let initializer: Initializer

    /// Whether gradient descent moves it; running statistics are not trained.
    public var isTrainable: Bool {
        role != .runningMean && role != .runningVariance
    }
}
