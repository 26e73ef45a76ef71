// SPDX-License-Identifier: Apache-2.0

/// A function that a network applies to each value by itself, between its linear layers.
///
///     Activation.relu                     // max(x, 0)
///     Activation.leakyReLU(slope: 0.1)    // x for x > 0, 0.1·x for the rest
///
/// Its ``name`` is what options and files call it: `relu`, `leaky-relu:0.1`.
public enum Activation: Hashable, Sendable {
    /// `max(x, 0)`.
    case relu
    /// `x` for `x > 0`, `slope · x` for the rest; the slope is in ``slopes``.
    ///
    /// - Reference: Maas, Hannun & Ng 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models".
    case leakyReLU(slope: Double)

    /// The slopes of a LeakyReLU: 0 would be a ReLU, 1 the identity.
    public static let slopes = 1e-6...0.999999
    /// The slope of a LeakyReLU that does not say its own, as in PyTorch.
    public static let usualSlope = 0.01

    /// What a value below zero, and its gradient, is multiplied by: 0 for a ReLU.
    public var negativeSlope: Double {
        switch self {
        case .relu: 0
        case .leakyReLU(let slope): slope
        }
    }

    /// `relu` or `leaky-relu:SLOPE`.
    public var name: String {
        switch self {
        case .relu: "relu"
        case .leakyReLU(let slope): "leaky-relu:\(DecimalText.text(of: slope))"
        }
    }

    /// What texts for people call it: `ReLU`, `LeakyReLU(0.1)`.
    public var title: String {
        switch self {
        case .relu: "ReLU"
        case .leakyReLU(let slope): "LeakyReLU(\(DecimalText.text(of: slope)))"
        }
    }

    /// Reads `relu`, `leaky-relu:SLOPE`, or `leaky-relu` for the slope 0.01.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` for any other name, and for a slope out of ``slopes``.
    public init(named name: String) throws(GraphError) {
        let parts = name.lowercased().split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("relu", 1): self = .relu
        case ("leaky-relu", 1): self = .leakyReLU(slope: Self.usualSlope)
        case ("leaky-relu", 2):
            guard let slope = DecimalText.number(parts[1]) else { fallthrough }
            self = try .leaky(slope)
        default:
            throw .invalidArchitecture(
                "\"\(name)\" is no activation that is computed here: expected relu, leaky-relu or "
                    + "leaky-relu:SLOPE, for example leaky-relu:0.1")
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

    /// What is wrong with it; nil for nothing.
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
