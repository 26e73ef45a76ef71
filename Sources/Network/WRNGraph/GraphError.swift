// SPDX-License-Identifier: Apache-2.0

public import WRNText

/// An error of the description of a network.
public enum GraphError: WideResNetError, Hashable {
    /// A number of an operation is out of its range.
    case invalidAttribute(node: String, attribute: String, expected: String, actual: String)
    /// An operation cannot read what its source computes.
    case shapeMismatch(node: String, expected: String, actual: String)
    /// Two nodes have one name.
    case duplicateName(String)
    /// A network's name or numbers describe no network; the sentence gives the rule and the nearest
    /// valid choice.
    case invalidArchitecture(String)
    /// The layers that a network should end at are none of its layers; the sentence names those
    /// that it has.
    case invalidLayers(String)

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A number of an operation is out of its range.
        case invalidAttribute
        /// An operation cannot read what its source computes.
        case shapeMismatch
        /// Two nodes have one name.
        case duplicateName
        /// A network's name or numbers describe no network.
        case invalidArchitecture
        /// The layers that a network should end at are none of its layers.
        case invalidLayers
    }

    /// The area of the codes: `network`.
    public static let area = "network"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public var code: Code {
        switch self {
        case .invalidAttribute: .invalidAttribute
        case .shapeMismatch: .shapeMismatch
        case .duplicateName: .duplicateName
        case .invalidArchitecture: .invalidArchitecture
        case .invalidLayers: .invalidLayers
        }
    }

    /// One sentence: where, what was expected, what was found.
    public var message: String {
        switch self {
        case .invalidAttribute(let node, let attribute, let expected, let actual):
            "\(node): \(attribute) must be \(expected), not \(actual)"
        case .shapeMismatch(let node, let expected, let actual):
            "\(node): expected \(expected), found \(actual)"
        case .duplicateName(let name):
            "two nodes are named \(name)"
        case .invalidArchitecture(let sentence), .invalidLayers(let sentence):
            sentence
        }
    }
}
