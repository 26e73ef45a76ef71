// SPDX-License-Identifier: Apache-2.0

/// A document of JSON that means the same and in which no character is hidden: those that ``printable(_:)`` shows by their numbers
/// stand as `\u0085`.
///
/// JSON itself asks this of the characters below U+0020 only, which encoders therefore escape; C1, the separators of lines and the
/// marks of directions it allows in strings, the only place where they can be.
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
