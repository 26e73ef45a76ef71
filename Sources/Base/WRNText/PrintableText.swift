// SPDX-License-Identifier: Apache-2.0

/// Text on one line whose characters can all be seen, fit for a terminal, a log and a line of a table.
///
/// A name in a hostile file may hold escape sequences that rewrite a terminal, line ends that forge lines of a log, or marks that
/// reverse what stands beside it. Each such character becomes `\u{...}` with its number in hexadecimal, so that escape is `\u{1b}`
/// and a line end `\u{a}`: the control characters (C0, DEL and C1), the separators of lines and paragraphs (U+2028 and U+2029),
/// marks without a shape of their own (the directions', the byte-order mark and tags among them; not the joiners U+200C and U+200D,
/// which scripts and emoji need), and numbers that stand for no character. Everything else stays as it is, also a backslash: a
/// second pass changes nothing.
package func printable(_ text: some StringProtocol) -> String {
    guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars { appendPrintable(scalar, to: &result) }
    return result
}

/// Text from outside in double quotes, fit for an error message: ``printable(_:)``, with quotes and backslashes marked by a
/// backslash.
///
/// A name in a hostile file may be megabytes long, so what is longer than `limit` characters is cut and ends with `...`.
package func quoted(_ text: some StringProtocol, limit: Int = 80) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        if scalar == "\"" || scalar == "\\" { result += "\\" }
        appendPrintable(scalar, to: &result)
    }
    if text.unicodeScalars.dropFirst(limit).first != nil { result += "..." }
    return result + "\""
}

/// Appends a character, or its number where it cannot be seen.
func appendPrintable(_ scalar: Unicode.Scalar, to text: inout String) {
    if hasShape(scalar) {
        text.unicodeScalars.append(scalar)
    } else {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
}

/// Whether a character can be seen, or is a joiner or a space.
func hasShape(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20...0x7E).contains(scalar.value) { return true }
    return switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
    case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
    default: true
    }
}
