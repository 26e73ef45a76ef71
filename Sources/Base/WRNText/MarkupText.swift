// SPDX-License-Identifier: Apache-2.0

/// Text as XML and HTML have it between tags and in quoted attributes: valid, and never a tag, whatever string comes in.
///
/// Tabs and line ends stay where `keepsLines` says so, and are spaces elsewhere; other characters that cannot be seen, most of which
/// neither language can write, stand as ``printable(_:)`` writes them.
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
