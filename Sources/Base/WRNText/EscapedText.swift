// SPDX-License-Identifier: Apache-2.0

/// Text on one line without invisible characters, for terminals, logs and lines of tables.
///
/// A name in a hostile file may contain escape sequences that rewrite a terminal, line ends that
/// forge lines of a log, or marks that reverse the text beside it. Each such character becomes
/// `\u{...}` with its number in hexadecimal, so that escape is `\u{1b}` and a line end `\u{a}`: the
/// control characters (C0, DEL and C1), the separators of lines and paragraphs (U+2028 and U+2029),
/// format characters (marks of direction, the byte-order mark and tags among them; not the joiners
/// U+200C and U+200D, which scripts and emoji need), and unassigned numbers. All else stays, also a
/// backslash: a second pass changes nothing.
package func printable(_ text: some StringProtocol) -> String {
    guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars { appendPrintable(scalar, to: &result) }
    return result
}

/// Text from outside in double quotes, for an error message: ``printable(_:)``, with a backslash
/// before quotes and backslashes.
///
/// A name in a hostile file may be megabytes long, so that text of more than `limit` characters is
/// cut and ends with `...`.
package func quoted(_ text: some StringProtocol, limit: Int = 80) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        if scalar == "\"" || scalar == "\\" { result += "\\" }
        appendPrintable(scalar, to: &result)
    }
    if text.unicodeScalars.dropFirst(limit).first != nil { result += "..." }
    return result + "\""
}

/// Appends a character, or the number of an invisible one.
func appendPrintable(_ scalar: Unicode.Scalar, to text: inout String) {
    if hasShape(scalar) {
        text.unicodeScalars.append(scalar)
    } else {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
    }
}

/// Whether a character is visible, or is a joiner or a space.
func hasShape(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20...0x7E).contains(scalar.value) { return true }
    return switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
    case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
    default: true
    }
}

/// A field of a comma-separated table, in quotation marks where RFC 4180 requires them.
///
/// A row is one line, as the field is made ``printable(_:)``. A text that spreadsheets read as a
/// formula, because it begins with `=`, `+`, `-` or `@`, gets an apostrophe before it; `-1.5` and
/// other numbers do not.
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

/// Whether spreadsheets read a text as a formula; some read the full-width signs as well.
private func isFormula(_ text: some StringProtocol) -> Bool {
    // A sign alone is a text.
    guard text.unicodeScalars.dropFirst().first != nil else { return false }
    return switch text.unicodeScalars.first {
    case "=", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
    // `Double` also reads infinity by name, and hexadecimal digits.
    case "+", "-": Double(text) == nil || !text.utf8.allSatisfy("+-.eE0123456789".utf8.contains)
    default: false
    }
}

/// An equivalent JSON document without invisible characters: those that ``printable(_:)`` replaces
/// are escaped, as in `\u0085`.
///
/// JSON requires this only below U+0020, where encoders do it; in strings it allows C1, line
/// separators and marks of direction.
package func jsonEscaped(_ json: String) -> String {
    guard !json.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == UInt8(ascii: "\n") }) else {
        return json
    }
    var result = ""
    for scalar in json.unicodeScalars {
        if hasShape(scalar) || scalar == "\n" {
            result.unicodeScalars.append(scalar)
        } else {
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
    return result
}

/// Text escaped for XML and HTML, between tags and in quoted attributes.
///
/// Tabs and line ends stay with `keepsLines`, and become spaces without; other invisible
/// characters, most of which neither language allows, are written as by ``printable(_:)``.
package func markupEscaped(_ text: some StringProtocol, keepsLines: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "\n" where keepsLines, "\t" where keepsLines: result.unicodeScalars.append(scalar)
        case "\n", "\t", "\r": result += " "
        default: appendPrintable(scalar, to: &result)
        }
    }
    return result
}

/// A path as one word of a shell's command line, so that a proposed command can be pasted.
///
/// One that begins with `-` is written as `./-...`, as programs would read it as an option.
/// Invisible characters are written between `$'` and `'` by the bytes of their UTF-8 in octal, as
/// bash, from 3.2 on, and zsh read them.
package func shellWord(_ path: String) -> String {
    let text = path.hasPrefix("-") ? "./" + path : path
    let isPlain =
        !text.isEmpty
        && text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789_-./:+,=@%".unicodeScalars.contains($0)
        }
    if isPlain { return text }
    if printable(text) == text { return "'" + text.replacing("'", with: "'\\''") + "'" }
    var result = "$'"
    for scalar in text.unicodeScalars {
        if scalar == "'" || scalar == "\\" {
            result += "\\\(scalar)"
        } else if printable(String(scalar)) == String(scalar) {
            result.unicodeScalars.append(scalar)
        } else {
            // Not \U, which bash 3.2, that of macOS, does not have. Three digits are the longest
            // form, which ends before any digit that follows.
            for byte in String(scalar).utf8 {
                let digits = String(byte, radix: 8)
                result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
    }
    return result + "'"
}
