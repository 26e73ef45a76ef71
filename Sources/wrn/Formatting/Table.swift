// SPDX-License-Identifier: Apache-2.0

import WRNText

/// Columns of text, each as wide as its widest cell, two spaces apart.
struct Table {
    /// To which side cells are pushed.
    enum Alignment {
        case left
        case right
    }

    private let alignments: [Alignment]
    /// The column that gives way where there is too little room.
    private let yielding: Int
    private var rows: [[String]]

    /// Creates a table with one header for each column.
    init(_ columns: [(header: String, alignment: Alignment)], yielding: Int = 0) {
        self.yielding = yielding
        alignments = columns.map(\.alignment)
        rows = [columns.map { printable($0.header) }]
    }

    /// Adds a row; cells are made printable, so that a row is one line.
    ///
    /// - Precondition: There is one cell for each column.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "a row has one cell for each column")
        rows.append(cells.map { printable($0) })
    }

    /// The table's lines, none longer than `width`: one column gives way, its cells cut in the middle.
    func lines(width: Int) -> [String] {
        var widths = alignments.indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        let total = widths.reduce(0, +) + 2 * (widths.count - 1)
        widths[yielding] = max(
            widths[yielding] - max(total - width, 0), min(widths[yielding], 8))
        return rows.map { row in
            let cells = row.indices.map { column in
                padded(
                    Self.shortened(row[column], to: widths[column]), to: widths[column],
                    alignments[column])
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private func padded(_ text: String, to width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(width - text.count, 0))
        return alignment == .left ? text + space : space + text
    }

    /// A text of at most `width` characters, cut in the middle where it is longer.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        let kept = max(width - 2, 0)
        return text.prefix((kept + 1) / 2) + ".." + text.suffix(kept / 2)
    }
}
