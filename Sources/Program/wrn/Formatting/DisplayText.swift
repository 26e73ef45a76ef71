// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Text for people, in which only the program's own words have line ends and control characters.
///
/// The standard output and the standard error take nothing else. A literal is the program's own and stays as it is; what is
/// interpolated into it comes from elsewhere, perhaps from a hostile file, and is made printable: in
/// `"\(name): \(count) images\n"` the line ends where the literal says, whatever the name holds.
struct DisplayText: Equatable, Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    private(set) var description: String

    init(stringLiteral value: String) { description = value }

    init(stringInterpolation: Interpolation) { description = stringInterpolation.text }

    /// Lines, each made printable and with a line end.
    init(lines: some Sequence<String>) {
        description = lines.map { printable($0) + "\n" }.joined()
    }

    /// A text whose line ends and tabs are meant, such as JSON, SVG and help; all else is made printable.
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
