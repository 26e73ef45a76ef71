// SPDX-License-Identifier: Apache-2.0

/// Why a network could not be described.
public enum GraphError: Error, Hashable, Sendable, CustomStringConvertible {
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

    /// One sentence: where, what was expected, what was found.
    public var description: String {
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
