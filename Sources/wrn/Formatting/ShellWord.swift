// SPDX-License-Identifier: Apache-2.0

/// Text as one word of a shell's command line, so that a command that the program proposes can be pasted.
func shellWord(_ text: String) -> String {
    let isPlain =
        !text.isEmpty
        && text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789_-./:+,=@%".unicodeScalars.contains($0)
        }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}
