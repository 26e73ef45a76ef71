// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNTensor

/// The rule by which gradients move weights, with its constants.
public enum Optimizer: Hashable, Sendable {
    /// Stochastic gradient descent with momentum.
    case sgd(SGD)
    /// Adam with decoupled weight decay.
    case adamW(AdamW)
    /// Orthogonalised momentum for the filters of convolutions, and SGD for all else.
    case muon(Muon)

    /// The rules by name, as configurations and recipes call them.
    public enum Name: String, Codable, CaseIterable, Hashable, Sendable {
        /// ``Optimizer/sgd(_:)``.
        case sgd
        /// ``Optimizer/adamW(_:)``.
        case adamW = "adamw"
        /// ``Optimizer/muon(_:)``.
        case muon
    }

    /// The rule's name.
    public var name: Name {
        switch self {
        case .sgd: .sgd
        case .adamW: .adamW
        case .muon: .muon
        }
    }

    /// The step's length.
    ///
    /// Setting that of ``muon(_:)`` changes ``Muon/restLearningRate`` in proportion.
    public var learningRate: Double {
        get {
            switch self {
            case .sgd(let rule): rule.learningRate
            case .adamW(let rule): rule.learningRate
            case .muon(let rule): rule.learningRate
            }
        }
        set {
            switch self {
            case .sgd(var rule):
                rule.learningRate = newValue
                self = .sgd(rule)
            case .adamW(var rule):
                rule.learningRate = newValue
                self = .adamW(rule)
            case .muon(let rule): self = .muon(rule.scaled(to: newValue))
            }
        }
    }

    /// The pull towards zero.
    public var weightDecay: Double {
        switch self {
        case .sgd(let rule): rule.weightDecay
        case .adamW(let rule): rule.weightDecay
        case .muon(let rule): rule.weightDecay
        }
    }
}

extension Optimizer: Codable {
    private enum Key: String, CodingKey {
        case name
    }

    /// Reads the constants of the rule that is named.
    public init(from decoder: any Decoder) throws {
        let name = try decoder.container(keyedBy: Key.self).decode(Name.self, forKey: .name)
        switch name {
        case .sgd: self = .sgd(try SGD(from: decoder))
        case .adamW: self = .adamW(try AdamW(from: decoder))
        case .muon: self = .muon(try Muon(from: decoder))
        }
    }

    /// Writes the rule's name beside its constants.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .sgd(let rule): try rule.encode(to: encoder)
        case .adamW(let rule): try rule.encode(to: encoder)
        case .muon(let rule): try rule.encode(to: encoder)
        }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
    }
}

/// Stochastic gradient descent with momentum, as PyTorch computes it.
///
///     d = g + weightDecay · w
///     v = momentum · v + (1 - dampening) · d      (v = d in the first step)
///     w = w - learningRate · (nesterov ? d + momentum · v : v)
///
/// The defaults are the paper's: momentum 0.9 (Nesterov), no dampening, weight decay 5e-4 on every
/// parameter.
///
/// - Reference: Sutskever et al. 2013; Zagoruyko & Komodakis 2016, section 3.
public struct SGD: Hashable, Sendable, Codable {
    /// The step's length.
    public var learningRate: Double
    /// The share of the velocity that is kept, in `0 ..< 1`.
    public var momentum: Double
    /// The share of a new gradient that is left out, in `0 ... 1`.
    public var dampening: Double
    /// Whether the momentum is Nesterov's.
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

/// Adam with decoupled weight decay, as PyTorch computes it.
///
///     w = w · (1 - learningRate · weightDecay)
///     m = m + (1 - β1) · (g - m)
///     v = β2 · v + (1 - β2) · g²
///     w = w - learningRate / (1 - β1^t) · m / (√v / √(1 - β2^t) + ε)
///
/// in the parameter's step number t, from 1.
///
/// - Reference: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization".
public struct AdamW: Hashable, Sendable, Codable {
    /// The step's length.
    public var learningRate: Double
    /// The share of the mean gradient that is kept, in `0 ..< 1`.
    public var beta1: Double
    /// The share of the mean squared gradient that is kept, in `0 ..< 1`.
    public var beta2: Double
    /// The number that keeps the denominator from zero, above 0.
    public var epsilon: Double
    /// The decay of the weights themselves.
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

/// Orthogonalised momentum for the filters of convolutions, and SGD for all other parameters.
///
/// The filters W of a convolution are a matrix with a row for each of the o outputs:
///
///     v = momentum · v + g;   d = nesterov ? g + momentum · v : v
///     X = d / (|d| + 1e-7);   five times   A = X Xᵀ,  X = a X + (b A + c A²) X
///     W = W · √o / |W| - learningRate · X
///
/// with (a, b, c) = (3.4445, -4.7750, 2.0315), which is Muon as airbench94 trains CIFAR-10 with it.
/// Without ``normalizesFilters`` the last line is that of PyTorch's `torch.optim.Muon`:
///
///     W = W · (1 - learningRate · weightDecay) - learningRate · √max(1, rows / columns) · X
///
/// Normalisations, biases and linear layers follow ``SGD`` with ``restLearningRate``, the same
/// momentum and the same weight decay.
///
/// - Reference: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
public struct Muon: Hashable, Sendable, Codable {
    /// The step's length for filters.
    public var learningRate: Double
    /// The step's length for all other parameters.
    public var restLearningRate: Double
    /// The share of the velocity that is kept, in `0 ..< 1`.
    public var momentum: Double
    /// Whether the momentum is Nesterov's.
    public var nesterov: Bool
    /// The pull towards zero; filters that are normalised have none.
    public var weightDecay: Double
    /// Whether the filters of a convolution of o outputs are scaled to the norm √o in each step.
    public var normalizesFilters: Bool

    /// Collects the constants.
    public init(
        learningRate: Double = 0.1, restLearningRate: Double = 0.1, momentum: Double = 0.9,
        nesterov: Bool = true, weightDecay: Double = 5e-4, normalizesFilters: Bool = true
    ) {
        self.learningRate = learningRate
        self.restLearningRate = restLearningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
        self.normalizesFilters = normalizesFilters
    }

    /// The keys of JSON, before their letters become small and words are separated by `_`.
    private enum CodingKeys: String, CodingKey {
        case learningRate, restLearningRate, momentum, nesterov, weightDecay
        case normalizesFilters = "normalizeFilters"
    }
}

extension Muon {
    /// Whether a parameter is orthogonalised: the filters of a convolution.
    package static func orthogonalizes(_ parameter: Parameter) -> Bool {
        parameter.role == .weight && parameter.shape.extents.count == 4
    }

    /// The rule of the parameters that are not orthogonalised.
    package var rest: SGD {
        SGD(
            learningRate: restLearningRate, momentum: momentum, nesterov: nesterov,
            weightDecay: weightDecay)
    }

    /// The factor of the learning rate for filters of a shape.
    package func rateFactor(_ filters: Parameter) -> Double {
        guard !normalizesFilters else { return 1 }
        let rows = filters.shape.extents[0]
        let columns = filters.shape.elementCount / rows
        return max(1, Double(rows) / Double(columns)).squareRoot()
    }

    /// The rule with another learning rate, and that of the rest in proportion.
    fileprivate func scaled(to rate: Double) -> Muon {
        var copy = self
        copy.restLearningRate = learningRate == 0 ? 0 : restLearningRate * (rate / learningRate)
        copy.learningRate = rate
        return copy
    }
}
