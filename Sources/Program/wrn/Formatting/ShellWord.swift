// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Text as one word of a shell's command line, so that a command that the program proposes can be pasted.
///
/// Characters that cannot be seen stand by their numbers between `$'` and `'`, which bash and zsh understand.
func shellWord(_ text: String) -> String {
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
            // The longest form, so that no digit that follows belongs to it.
            let digits = String(scalar.value, radix: 16)
            result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }
    return result + "'"
}
