// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNText

/// Output text in which only the program's own literals contribute line ends and control
/// characters.
///
/// The standard output and the standard error take nothing else. Literals stay as they are;
/// interpolated values may come from a hostile file and are made printable: `"\(name): \(count)
/// images\n"` is one line for every name.
struct DisplayText: Equatable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    private(set) var description: String

    init(stringLiteral value: String) { description = value }

    init(stringInterpolation: Interpolation) { description = stringInterpolation.text }

    /// Lines, each made printable and with a line end.
    init(lines: some Sequence<String>) {
        description = lines.map { printable($0) + "\n" }.joined()
    }

    /// A text whose line ends and tabs stay, such as JSON, SVG and help; all else is made
    /// printable.
    init(document: String) {
        description = document.split(omittingEmptySubsequences: false) { $0 == "\n" }
            .map { line in
                line.split(separator: "\t", omittingEmptySubsequences: false)
                    .map { printable($0) }.joined(separator: "\t")
            }.joined(separator: "\n")
    }

    static func + (one: DisplayText, other: DisplayText) -> DisplayText {
        var sum = one
        sum += other
        return sum
    }

    static func += (text: inout DisplayText, other: DisplayText) {
        text.description += other.description
    }

    /// Collects a literal's parts.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ value: some Any) { text += printable("\(value)") }

        mutating func appendInterpolation(_ value: DisplayText) { text += value.description }
    }
}

extension Sequence<DisplayText> {
    /// All texts, one behind the other.
    func joined(separator: DisplayText = "") -> DisplayText {
        var (result, isFirst) = (DisplayText(lines: []), true)
        for text in self {
            if !isFirst { result += separator }
            result += text
            isFirst = false
        }
        return result
    }
}

/// A value as indented JSON with sorted snake_case keys and a newline at the end.
func jsonText(_ value: some Encodable) throws -> DisplayText {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(value), as: UTF8.self)
    return DisplayText(document: jsonEscaped(json) + "\n")
}
