// SPDX-License-Identifier: Apache-2.0

/// Adam with decoupled weight decay, as PyTorch computes it.
///
///     w = w · (1 - learningRate · weightDecay)
///     m = m + (1 - β1) · (g - m)
///     v = β2 · v + (1 - β2) · g²
///     w = w - learningRate / (1 - β1^t) · m / (√v / √(1 - β2^t) + ε)        in the parameter's step number t, from 1
///
/// - Reference: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization".
public struct AdamW: Hashable, Sendable, Codable {
    /// The step's length.
    public var learningRate: Double
    /// The share of the mean gradient that is kept, in `0 ..< 1`.
    public var beta1: Double
    /// The share of the mean squared gradient that is kept, in `0 ..< 1`.
    public var beta2: Double
    /// What keeps the denominator from zero, above 0.
    public var epsilon: Double
    /// The pull towards zero, of the weights themselves.
    public var weightDecay: Double

    /// Collects the constants; those not given are PyTorch's.
    public init(
        learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
        epsilon: Double = 1e-8, weightDecay: Double = 1e-2
    ) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }
}
