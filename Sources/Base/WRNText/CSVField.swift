// SPDX-License-Identifier: Apache-2.0

/// A field of a table whose fields are parted by commas, in quotation marks where RFC 4180 wants them.
///
/// A row is one line: characters that cannot be seen stand as ``printable(_:)`` writes them. A text that a spreadsheet would take for
/// a formula, because it begins with `=`, `+`, `-` or `@`, gets an apostrophe before it; `-1.5` and other numbers do not.
package func csvField(_ text: some StringProtocol) -> String {
    let text = (isFormula(text) ? "'" : "") + printable(text)
    guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else {
        return text
    }
    var result = "\""
    for scalar in text.unicodeScalars {
        if scalar == "\"" { result += "\"" }
        result.unicodeScalars.append(scalar)
    }
    return result + "\""
}

/// Whether a spreadsheet would compute a text; the wide forms of the signs count in some countries.
private func isFormula(_ text: some StringProtocol) -> Bool {
    // A sign alone is a text to spreadsheets, too.
    guard text.unicodeScalars.dropFirst().first != nil else { return false }
    return switch text.unicodeScalars.first {
    case "=", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
    // `Double` also knows names for infinity, and hexadecimal.
    case "+", "-": Double(text) == nil || !text.utf8.allSatisfy("+-.eE0123456789".utf8.contains)
    default: false
    }
}
