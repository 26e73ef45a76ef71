// SPDX-License-Identifier: Apache-2.0

import WRNInspect
import WRNText

/// The output of `wrn compare`: a row for each figure, a column for each network.
struct ComparisonReport: Encodable {
    /// A network with its memory and speed.
    struct Entry: Encodable {
        let figures: NetworkFigures
        let inferenceByteCount: Int
        let trainingByteCount: Int
        /// The median; nil where nothing was measured.
        var inferenceImagesPerSecond: Double?
        /// The median; nil where nothing was measured.
        var trainingImagesPerSecond: Double?
    }

    let batch: Int
    let networks: [Entry]

    /// The figures, in as many tables as the width requires.
    func text(width: TextWidth) -> DisplayText {
        let labels = rows.map(\.label)
        let first = labels.map(\.count).max() ?? 0
        var lines: [String] = []
        var shown = 0
        while shown < networks.count {
            var (end, used) = (shown, first)
            while end < networks.count {
                let column = columnWidth(end) + 2
                // Each table has at least one network.
                if end > shown, width.isFixed, used + column > width.columns { break }
                used += column
                end += 1
            }
            if shown > 0 { lines.append("") }
            lines += table(shown..<end).lines(width: width)
            shown = end
        }
        return DisplayText(lines: lines)
    }

    /// The cell without a figure.
    private static let nothing = "-"

    private struct Row {
        let label: String
        let cells: [String]
    }

    private func columnWidth(_ index: Int) -> Int {
        max(networks[index].figures.name.count, rows.map { $0.cells[index].count }.max() ?? 0)
    }

    private func table(_ range: Range<Int>) -> Table {
        var table = Table(
            [("", .left)] + networks[range].map { ($0.figures.name, .right) })
        for row in rows where !row.cells[range].allSatisfy({ $0 == Self.nothing }) {
            table.add([row.label] + row.cells[range])
        }
        return table
    }

    private var rows: [Row] {
        func row(_ label: String, _ cell: (Entry) -> String) -> Row {
            Row(label: label, cells: networks.map(cell))
        }
        func grouped(_ label: String, _ value: KeyPath<NetworkFigures, Int>) -> Row {
            row(label) { Numbers.grouped($0.figures[keyPath: value]) }
        }
        let images = batch == 1 ? "1 image" : "\(Numbers.grouped(batch)) images"
        var rows = [
            row("images") { $0.figures.input },
            grouped("classes", \.classes), grouped("depth", \.depth),
            grouped("widest, channels", \.widestChannels), grouped("blocks", \.blocks),
            grouped("sequential steps", \.sequentialSteps),
            grouped("parameters", \.parameters), grouped("multiply-adds", \.multiplyAdds),
            grouped("activations", \.activations),
            row("to classify \(images)") { Numbers.bytes($0.inferenceByteCount) },
            row("to train on \(images)") { Numbers.bytes($0.trainingByteCount) },
        ]
        if networks.contains(where: { $0.inferenceImagesPerSecond != nil }) {
            rows.append(row("classified images/s") { speed($0.inferenceImagesPerSecond) })
            rows.append(row("trained images/s") { speed($0.trainingImagesPerSecond) })
        }
        return rows + errorRows
    }

    private func speed(_ value: Double?) -> String {
        value.map(Numbers.significant) ?? Self.nothing
    }

    /// The paper's errors; a row has those of one table and one way of training.
    private var errorRows: [Row] {
        let errors = networks.map { entry in
            Dictionary(
                entry.figures.paperErrors.map { ($0.condition, $0.error) },
                uniquingKeysWith: { first, _ in first })
        }
        var conditions: [String] = []
        for stated in networks.flatMap(\.figures.paperErrors).sorted(by: { $0.table < $1.table })
        where !conditions.contains(stated.condition) {
            conditions.append(stated.condition)
        }
        return conditions.map { condition in
            Row(
                label: condition,
                cells: errors.map { stated in
                    stated[condition].map { Numbers.fixed($0, decimals: 2) + " %" } ?? Self.nothing
                })
        }
    }
}

extension NetworkFigures.StatedError {
    /// The table and conditions of the error: `Table 6 CIFAR-10 dropout`.
    fileprivate var condition: String {
        var text = "Table \(table) \(benchmark)"
        if label.hasSuffix("dropout") { text += " dropout" }
        if label.hasPrefix("stoc-depth") { text += " stoc.depth" }
        return text
    }
}
