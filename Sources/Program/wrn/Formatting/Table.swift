// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Columns of text, each as wide as its widest cell, two spaces apart.
struct Table {
    /// The alignment of a column's cells.
    enum Alignment {
        case left
        case right
    }

    private let alignments: [Alignment]
    /// The columns that are cut where the width is too small, in this order.
    private let yielding: [Int]
    private var rows: [[String]]

    /// The least width to which a column is cut.
    private static let leastWidth = 8

    /// Creates a table with one header for each column.
    init(_ columns: [(header: String, alignment: Alignment)], yielding: [Int] = [0]) {
        self.yielding = yielding
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.header)]
    }

    /// Adds a row.
    ///
    /// - Precondition: There is one cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "a row has one cell for each column")
        // Cells are measured as they are printed: an invisible character is as wide as its number.
        rows.append(cells.map { printable($0) })
    }

    /// The table's lines.
    ///
    /// On a terminal that is too narrow the cells of some columns are cut, but never so far that
    /// different ones look the same; then lines stay wider than the terminal. For a pipe or a file
    /// nothing is cut.
    func lines(width: TextWidth) -> [String] {
        var rows = rows
        var widths = alignments.indices.map { column in
            rows.map { columnCount(of: $0[column]) }.max() ?? 0
        }
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width.columns
        for column in yielding where width.isFixed && excess > 0 {
            let wanted = max(widths[column] - excess, min(widths[column], Self.leastWidth))
            let cells = Self.shortened(rows.map { $0[column] }, to: wanted)
            for row in rows.indices { rows[row][column] = cells[row] }
            let new = cells.map { columnCount(of: $0) }.max() ?? 0
            excess -= widths[column] - new
            widths[column] = new
        }
        return rows.map { row in
            let cells = row.indices.map { padded(row[$0], to: widths[$0], alignments[$0]) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private func padded(_ text: String, to width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(width - columnCount(of: text), 0))
        return alignment == .left ? text + space : space + text
    }

    /// A text of at most `width` columns, cut in the middle where it is wider.
    static func shortened(_ text: String, to width: Int) -> String {
        guard columnCount(of: text) > width else { return text }
        let kept = max(width - 2, 0)
        return beginning(of: text, columns: (kept + 1) / 2) + ".."
            + ending(of: text, columns: kept / 2)
    }

    /// Texts cut to at most `width` columns so that different ones stay different: in the
    /// middle, at the beginning or at the end, whichever suffices; else to the least width that
    /// suffices.
    ///
    /// They are made printable first, as an invisible character takes more than one column.
    static func shortened(_ texts: [String], to width: Int) -> [String] {
        let texts = texts.map { printable($0) }
        let longest = texts.map { columnCount(of: $0) }.max() ?? 0
        guard longest > width else { return texts }
        let count = Set(texts).count
        let ways: [(String, Int) -> String] = [
            { shortened($0, to: $1) },
            { text, width in
                guard columnCount(of: text) > width else { return text }
                return ".." + ending(of: text, columns: max(width - 2, 0))
            },
            { text, width in
                guard columnCount(of: text) > width else { return text }
                return beginning(of: text, columns: max(width - 2, 0)) + ".."
            },
        ]
        for width in width..<longest {
            for way in ways {
                let cut = texts.map { way($0, width) }
                if Set(cut).count == count { return cut }
            }
        }
        return texts
    }
}

/// The width that text has to fit.
struct TextWidth: Hashable {
    /// The columns into which sentences are broken.
    let columns: Int
    /// Whether tables are cut to fit: on a terminal, never in pipes and files.
    let isFixed: Bool
}

extension TextWidth: ExpressibleByIntegerLiteral {
    /// A terminal of so many columns.
    init(integerLiteral columns: Int) {
        self.init(columns: columns, isFixed: true)
    }
}

/// Text in lines of at most `width` columns, each after `indentation`; a longer word has a line of
/// its own.
///
/// A command in quotation marks, 'wrn data list' for example, is in one line where that can hold
/// it.
func wrapped(_ text: String, width: Int, indentation: String = "") -> [String] {
    var lines: [String] = []
    var (line, count) = ("", 0)
    for word in words(of: printable(text), width: width - indentation.count) {
        let new = columnCount(of: word)
        if !line.isEmpty, indentation.count + count + 1 + new > width {
            lines.append(indentation + line)
            (line, count) = ("", 0)
        }
        count += (line.isEmpty ? 0 : 1) + new
        line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [indentation + line]
}

/// The words of a text, and whole commands that are at most `width` long.
private func words(of text: String, width: Int) -> [String] {
    var words: [String] = []
    var command: [String] = []
    for word in text.split(separator: " ").map(String.init) {
        guard !command.isEmpty || word == "'wrn" else {
            words.append(word)
            continue
        }
        command.append(word)
        guard command.count > 1, word.contains("'") else { continue }
        let whole = command.joined(separator: " ")
        words += columnCount(of: whole) <= width ? [whole] : command
        command = []
    }
    return words + command
}
