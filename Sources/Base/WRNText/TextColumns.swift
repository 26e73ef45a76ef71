// SPDX-License-Identifier: Apache-2.0

/// The columns that text takes on a terminal: two for each character that is wide, as those of
/// Chinese, Japanese and Korean and emoji are, and one for each other.
package func columnCount(of text: some StringProtocol) -> Int {
    guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text.utf8.count }
    return text.reduce(0) { $0 + columnCount(of: $1) }
}

/// The longest beginning of a text that takes no more than so many columns.
package func beginning(of text: String, columns: Int) -> Substring {
    var (rest, end) = (columns, text.startIndex)
    for index in text.indices {
        rest -= columnCount(of: text[index])
        guard rest >= 0 else { break }
        end = text.index(after: index)
    }
    return text[..<end]
}

/// The longest end of a text that takes no more than so many columns.
package func ending(of text: String, columns: Int) -> Substring {
    var (rest, start) = (columns, text.endIndex)
    for index in text.indices.reversed() {
        rest -= columnCount(of: text[index])
        guard rest >= 0 else { break }
        start = index
    }
    return text[start...]
}

private func columnCount(of character: Character) -> Int {
    character.unicodeScalars.contains(where: isWide) ? 2 : 1
}

/// Whether terminals show a character in two columns: East Asian Width W or F of Unicode, in whole
/// blocks.
private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x1100: false
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
        0x20000...0x3FFFD:
        true
    default: scalar.properties.isEmojiPresentation
    }
}
