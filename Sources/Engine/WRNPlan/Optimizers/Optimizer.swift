// SPDX-License-Identifier: Apache-2.0

/// The rule by which gradients move weights, with its constants.
public enum Optimizer: Hashable, Sendable {
    /// Stochastic gradient descent with momentum.
    case sgd(SGD)
    /// Adam with decoupled weight decay.
    case adamW(AdamW)

    /// The rules by name, as configurations and recipes call them.
    public enum Name: String, Codable, CaseIterable, Hashable, Sendable {
        /// ``Optimizer/sgd(_:)``.
        case sgd
        /// ``Optimizer/adamW(_:)``.
        case adamW = "adamw"
    }

    /// The rule's name.
    public var name: Name {
        switch self {
        case .sgd: .sgd
        case .adamW: .adamW
        }
    }

    /// The step's length.
    public var learningRate: Double {
        get {
            switch self {
            case .sgd(let rule): rule.learningRate
            case .adamW(let rule): rule.learningRate
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
            }
        }
    }

    /// The pull towards zero.
    public var weightDecay: Double {
        switch self {
        case .sgd(let rule): rule.weightDecay
        case .adamW(let rule): rule.weightDecay
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
        }
    }

    /// Writes the rule's name beside its constants.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .sgd(let rule): try rule.encode(to: encoder)
        case .adamW(let rule): try rule.encode(to: encoder)
        }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
    }
}
