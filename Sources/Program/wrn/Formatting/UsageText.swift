// SPDX-License-Identifier: Apache-2.0

/// The usage of a command in lines that a terminal of 80 columns holds.
///
/// Each line of `text` is one way to call the command. What does not fit goes on in the next line,
/// further in; what is in brackets, and an option with its value, is in one line.
func usageText(_ text: String) -> String {
    text.split(separator: "\n").map { way in
        var lines = [""]
        for part in usageParts(way) {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = part
            } else if line.count + 1 + part.count <= usageWidth {
                lines[lines.count - 1] += " " + part
            } else {
                lines.append("    " + part)
            }
        }
        return lines.joined(separator: "\n")
    }.joined(separator: "\n")
}

/// The columns beside the word `USAGE:`.
private let usageWidth = 73

/// The words of a usage; those in brackets, and an option with its value, are one.
private func usageParts(_ text: Substring) -> [String] {
    var parts: [String] = []
    var depth = 0
    for word in text.split(separator: " ") {
        let isValue =
            parts.last.map { $0.hasPrefix("-") && !$0.contains(" ") } == true
            && !word.hasPrefix("-") && !word.hasPrefix("[")
        if depth > 0 || isValue || word == "..." || word == "|", !parts.isEmpty {
            parts[parts.count - 1] += " " + word
        } else {
            parts.append(String(word))
        }
        depth += word.count { $0 == "[" } - word.count { $0 == "]" }
    }
    return parts
}
