// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Words in lines of at most `width` columns, each after `indentation`; a longer word has a line of its own.
func wrapped(_ text: String, width: Int, indentation: String = "") -> [String] {
    var lines: [String] = []
    var line = ""
    for word in printable(text).split(separator: " ") {
        if !line.isEmpty, indentation.count + line.count + 1 + word.count > width {
            lines.append(indentation + line)
            line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [indentation + line]
}
