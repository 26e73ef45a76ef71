// SPDX-License-Identifier: Apache-2.0

/// Stochastic gradient descent with momentum, as PyTorch computes it.
///
///     d = g + weightDecay · w
///     v = momentum · v + (1 - dampening) · d      (v = d in the first step)
///     w = w - learningRate · (nesterov ? d + momentum · v : v)
///
/// The defaults are the paper's: momentum 0.9 (Nesterov), no dampening, weight decay 5e-4 on every parameter.
///
/// - Reference: Sutskever et al. 2013; Zagoruyko & Komodakis 2016, section 3.
public struct SGD: Hashable, Sendable, Codable {
    /// The step's length.
    public var learningRate: Double
    /// The share of the velocity that is kept, in `0 ..< 1`.
    public var momentum: Double
    /// The share of a new gradient that is left out, in `0 ... 1`.
    public var dampening: Double
    /// Whether the step looks ahead along the velocity.
    public var nesterov: Bool
    /// The pull towards zero.
    public var weightDecay: Double

    /// Collects the constants; those not given are the paper's.
    public init(
        learningRate: Double = 0.1, momentum: Double = 0.9, dampening: Double = 0,
        nesterov: Bool = true, weightDecay: Double = 5e-4
    ) {
        self.learningRate = learningRate
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov
        self.weightDecay = weightDecay
    }
}
