// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The value of a setting in a recipe's file, or after the `=` of `--set`.
package enum SettingValue: Hashable, Sendable {
    /// `true` or `false`.
    case flag(Bool)
    /// A number.
    case number(Double)
    /// A word.
    case text(String)
    /// Numbers in brackets.
    case list([Double])

    /// Reads a value as it is written on a command line: as JSON, or else as a word.
    package init(commandLine text: String) {
        let value = try? JSONDecoder().decode(SettingValue.self, from: Data(text.utf8))
        self = value ?? .text(text)
    }

    /// The number; nil for another kind of value.
    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The value as JSON.
    package var text: String {
        switch self {
        case .flag(let flag): "\(flag)"
        case .number(let number): Self.text(number)
        case .text(let text): "\"\(text)\""
        case .list(let numbers): "[\(numbers.map(Self.text).joined(separator: ", "))]"
        }
    }

    /// The value as it is written on a command line: as JSON, words without quotation marks.
    package var word: String {
        if case .text(let text) = self { text } else { text }
    }

    private static func text(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}

extension SettingValue: Codable {
    /// Reads a value of one of the kinds.
    package init(from decoder: any Decoder) throws {
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

extension SettingValue {
    /// Writes the value as JSON.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .number(let number):
            if let whole = Int(exactly: number) {
                try container.encode(whole)
            } else {
                try container.encode(number)
            }
        case .text(let text): try container.encode(text)
        case .list(let numbers): try container.encode(numbers)
        }
    }
}
