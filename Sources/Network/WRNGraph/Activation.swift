// SPDX-License-Identifier: Apache-2.0

/// A function that a network applies to each value by itself, between its linear layers.
///
///     Activation.relu                     // max(x, 0)
///     Activation.leakyReLU(slope: 0.1)    // x for x > 0, 0.1·x for the rest
///     Activation.silu                     // x / (1 + exp(-x))
///
/// Its ``name`` is the word for it in options and files: `relu`, `leaky-relu:0.1`, `silu`.
public enum Activation: Hashable, Sendable {
    /// `max(x, 0)`.
    case relu
    /// `x` for `x > 0`, `slope · x` for the rest; the slope is in ``slopes``.
    ///
    /// - Reference: Maas, Hannun & Ng 2013, "Rectifier Nonlinearities Improve Neural Network
    ///   Acoustic Models".
    case leakyReLU(slope: Double)
    /// `x / (1 + exp(-x))`, which is also called Swish.
    ///
    /// - Reference: Elfwing, Uchibe & Doya 2017, "Sigmoid-Weighted Linear Units for Neural Network
    ///   Function Approximation in Reinforcement Learning".
    case silu

    /// The kind of an activation, without its numbers; the raw values are those of JSON.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// ``Activation/relu``.
        case relu
        /// ``Activation/leakyReLU(slope:)``.
        case leakyReLU = "leaky_relu"
        /// ``Activation/silu``.
        case silu

        /// The name in papers and in PyTorch: `ReLU`, `LeakyReLU`, `SiLU`.
        public var title: String {
            switch self {
            case .relu: "ReLU"
            case .leakyReLU: "LeakyReLU"
            case .silu: "SiLU"
            }
        }
    }

    /// The kind of the activation, without its numbers.
    public var kind: Kind {
        switch self {
        case .relu: .relu
        case .leakyReLU: .leakyReLU
        case .silu: .silu
        }
    }

    /// The slopes of a LeakyReLU: 0 would be a ReLU, 1 the identity.
    public static let slopes = 1e-6...0.999999
    /// The slope of a LeakyReLU that is given without one, as in PyTorch.
    public static let usualSlope = 0.01

    /// `relu`, `leaky-relu:SLOPE` or `silu`.
    public var name: String {
        if case .leakyReLU(let slope) = self {
            return "leaky-relu:\(DecimalText.text(of: slope))"
        }
        return kind.rawValue
    }

    /// The name in texts for people: `ReLU`, `LeakyReLU(0.1)`, `SiLU`.
    public var title: String {
        if case .leakyReLU(let slope) = self {
            return "\(kind.title)(\(DecimalText.text(of: slope)))"
        }
        return kind.title
    }

    /// The name after a `-` in names of networks: `relu`, `leaky0.1`, `silu`.
    package var ending: String {
        if case .leakyReLU(let slope) = self { return "leaky" + DecimalText.text(of: slope) }
        return kind.rawValue
    }

    /// Whether `f(f(x)) = f(x)`, so that two in a row can be replaced by one.
    package var isIdempotent: Bool { self == .relu }

    /// Whether `f(a·x) = a·f(x)` for every `a > 0`, so that a factor may come before it or after.
    package var isHomogeneous: Bool { self != .silu }

    /// Reads `relu`, `leaky-relu:SLOPE`, `leaky-relu` for the slope 0.01, or `silu`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for any other name, and for a slope out of
    ///   ``slopes``.
    public init(named name: String) throws(GraphError) {
        let parts = name.lowercased().split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("relu", 1): self = .relu
        case ("silu", 1), ("swish", 1): self = .silu
        case ("leaky-relu", 1): self = .leakyReLU(slope: Self.usualSlope)
        case ("leaky-relu", 2):
            guard let slope = DecimalText.number(parts[1]) else { fallthrough }
            self = try .leaky(slope)
        default:
            throw .invalidArchitecture(
                "\"\(name)\" is no activation that is computed here: expected relu, leaky-relu, "
                    + "leaky-relu:SLOPE, for example leaky-relu:0.1, or silu")
        }
    }

    /// Reads an ``ending``; nil for a text that is none.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for a slope out of ``slopes``.
    package init?(ending: Substring) throws(GraphError) {
        switch ending {
        case "relu": self = .relu
        case "silu": self = .silu
        default:
            guard ending.hasPrefix("leaky"), let slope = DecimalText.number(ending.dropFirst(5))
            else { return nil }
            self = try .leaky(slope)
        }
    }

    /// A LeakyReLU of a slope that is checked.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for a slope out of ``slopes``.
    package static func leaky(_ slope: Double) throws(GraphError) -> Activation {
        let activation = Activation.leakyReLU(slope: slope)
        if let problem = activation.problem { throw .invalidArchitecture(problem) }
        return activation
    }

    /// The sentence about its invalid number; nil when it is valid.
    package var problem: String? {
        guard case .leakyReLU(let slope) = self, !Self.slopes.contains(slope) else { return nil }
        return
            "the slope of a LeakyReLU must be above 0 and below 1, from 0.000001 to 0.999999, not "
            + "\(slope)" + (slope == 0 ? "; a slope of 0 is a relu" : "")
    }
}

extension Activation: Codable {
    /// Reads the ``name``.
    public init(from decoder: any Decoder) throws {
        try self.init(named: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the ``name``.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
