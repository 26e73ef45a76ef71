// SPDX-License-Identifier: Apache-2.0

import WRNData

/// What `wrn data inspect` says about a data set.
struct InspectionReport {
    let source: String
    let splits: [SplitInspection]

    /// The counts, a row for each class, and what is amiss.
    func text(width: TextWidth) -> DisplayText {
        let total = splits.reduce(0) { $0 + $1.count }
        let classes = splits.first?.classes.count ?? 0
        var lines = [
            "\(source): \(Numbers.counted(total, "image")) of "
                + (classes == 1 ? "1 class" : "\(Numbers.grouped(classes)) classes"),
            "",
        ]
        for table in [figures, levels, counts] { lines += table.lines(width: width) + [""] }
        lines.removeLast()
        let broken = splits.flatMap(\.broken)
        if !broken.isEmpty {
            lines += ["", "broken: \(Numbers.counted(broken.count, "image"))"]
            lines += broken.map { "  \($0.message)" }
        }
        let notes = splits.flatMap { split in split.notes.map { "\(split.split.rawValue): \($0)" } }
        if !notes.isEmpty { lines += ["", "left out:"] + notes.map { "  \($0)" } }
        return DisplayText(lines: lines)
    }

    /// How many images each split has, and how they are stored.
    private var figures: Table {
        var table = Table(
            [
                ("split", .left), ("images", .right), ("width", .right), ("height", .right),
                ("formats", .left),
            ], yielding: [4])
        for split in splits {
            table.add([
                split.split.rawValue, Numbers.grouped(split.count), range(split.widths),
                range(split.heights),
                split.formats.sorted { $0.key < $1.key }
                    .map { "\($0.key) \(Numbers.grouped($0.value))" }.joined(separator: ", "),
            ])
        }
        return table
    }

    /// What the network is given of each split, channel by channel.
    private var levels: Table {
        var table = Table([("split", .left), ("mean", .left), ("deviation", .left)])
        for split in splits {
            table.add([
                split.split.rawValue, fractions(split.mean), fractions(split.standardDeviation),
            ])
        }
        return table
    }

    /// A row for each class, a column for each split.
    private var counts: Table {
        var table = Table([("class", .left)] + splits.map { ($0.split.rawValue, .right) })
        for (index, row) in (splits.first?.classes ?? []).enumerated() {
            table.add([row.name] + splits.map { Numbers.grouped($0.classes[index].count) })
        }
        return table
    }

    /// `32`, or `64/224/800` for the smallest, the middle and the largest.
    private func range(_ spread: SplitInspection.Spread?) -> String {
        guard let spread else { return "-" }
        return spread.minimum == spread.maximum
            ? "\(spread.minimum)" : "\(spread.minimum)/\(spread.median)/\(spread.maximum)"
    }

    private func fractions(_ values: [Double]) -> String {
        values.map { Numbers.fixed($0, decimals: 3) }.joined(separator: " ")
    }
}

extension InspectionReport: Encodable {
    private enum Key: String, CodingKey {
        case source, splits
    }

    /// One split, with the names that programs read.
    private struct Part: Encodable {
        let split: Split
        let count: Int
        let classes: [SplitInspection.ClassCount]
        let widths: SplitInspection.Spread?
        let heights: SplitInspection.Spread?
        let formats: [String: Int]
        let mean: [Double]
        let standardDeviation: [Double]
        let broken: [SplitInspection.BrokenImage]
        let notes: [String]
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(source, forKey: .source)
        let parts = splits.map { split in
            Part(
                split: split.split, count: split.count, classes: split.classes,
                widths: split.widths, heights: split.heights, formats: split.formats,
                mean: split.mean, standardDeviation: split.standardDeviation,
                broken: split.broken, notes: split.notes)
        }
        try container.encode(parts, forKey: .splits)
    }
}
