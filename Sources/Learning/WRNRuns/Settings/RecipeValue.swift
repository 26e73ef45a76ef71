// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A value in a recipe's file, or behind the `=` of a setting on the command line.
public enum RecipeValue: Hashable, Sendable {
    /// `true` or `false`.
    case flag(Bool)
    /// A number.
    case number(Double)
    /// A word.
    case text(String)
    /// Numbers in brackets.
    case list([Double])

    /// Reads a value as it is written on a command line: as JSON, or else as a word.
    public init(commandLine text: String) {
        let value = try? JSONDecoder().decode(RecipeValue.self, from: Data(text.utf8))
        self = value ?? .text(text)
    }

    /// The value as JSON.
    public var text: String {
        switch self {
        case .flag(let flag): "\(flag)"
        case .number(let number): Self.text(number)
        case .text(let text): "\"\(text)\""
        case .list(let numbers): "[\(numbers.map(Self.text).joined(separator: ", "))]"
        }
    }

    private static func text(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}

extension RecipeValue: Decodable {
    /// Reads a value of one of the kinds.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([Double].self))
        }
    }
}
