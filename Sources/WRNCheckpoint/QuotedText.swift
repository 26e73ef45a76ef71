// SPDX-License-Identifier: Apache-2.0

/// Text from outside in double quotes, fit for an error message.
///
/// A name in a hostile file may be megabytes long or hold escape sequences that rewrite a terminal. So control characters and
/// direction marks become `\u{...}`, and what is longer than `limit` characters is cut.
package func quoted(_ text: some StringProtocol, limit: Int = 80) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
            result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default:
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
    }
    if text.unicodeScalars.dropFirst(limit).first != nil { result += "..." }
    return result + "\""
}
