// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNText

/// The output of `wrn data inspect`.
struct InspectionReport {
    let source: String
    let splits: [SplitInspection]
    /// The entries of the folder or archive that are no images, each once.
    let leftOut: [LeftOut]
    let audit: AuditReport

    /// The most images that a section names.
    private static let shownCount = 5

    /// The counts, a row for each class, and the defects.
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
        lines += section("damaged in part, and read all the same", splits.flatMap(\.damaged))
        let clipped = section("16-bit grey that is clipped to white", splits.flatMap(\.clipped))
        lines += clipped
        if !clipped.isEmpty {
            lines += wrapped(
                ImageFolderReport.clippedGreyAdvice, width: width.columns, indentation: "  ")
        }
        lines += leftOutLines(total: total, width: width.columns)
        lines += [""] + audit.lines(width: width)
        // Notes that splits share appear once.
        var notes: [String] = []
        for split in splits {
            for note in split.notes where !notes.contains(note) { notes.append(note) }
        }
        if !notes.isEmpty {
            lines += [""]
            for note in notes {
                lines += wrapped("note: " + note, width: width.columns)
            }
        }
        return DisplayText(lines: lines)
    }

    /// The first images with a remark, and the number of the others.
    private func section(_ title: String, _ images: [SplitInspection.BrokenImage]) -> [String] {
        guard !images.isEmpty else { return [] }
        let more = images.count - Self.shownCount
        return ["", "\(title): \(Numbers.counted(images.count, "image"))"]
            + images.prefix(Self.shownCount).map { "  \($0.message)" }
            + (more > 0 ? ["  and \(Numbers.grouped(more)) more; --json lists all"] : [])
    }

    /// A line for each reason, with an example.
    private func leftOutLines(total: Int, width: Int) -> [String] {
        let count = leftOut.reduce(0) { $0 + $1.count }
        guard count > 0 else { return [] }
        var lines = [
            "", "left out: \(Numbers.grouped(count)) of \(Numbers.grouped(count + total)) entries",
        ]
        for part in leftOut {
            let example = part.examples.first.map { ", for example \($0)" } ?? ""
            let advice = part.advice.map { "; \($0)" } ?? ""
            let text = wrapped(part.description + example + advice, width: width - 4)
            lines += text.enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
        }
        return lines
    }

    /// The number of images of each split, and how they are stored.
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

    /// The means and deviations of each split's channels.
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
        case source, splits, leftOut, audit
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
        let damaged: [SplitInspection.BrokenImage]
        let clippedGrey: [SplitInspection.BrokenImage]
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
                broken: split.broken, damaged: split.damaged, clippedGrey: split.clipped,
                notes: split.notes)
        }
        try container.encode(parts, forKey: .splits)
        try container.encode(leftOut, forKey: .leftOut)
        try container.encode(audit, forKey: .audit)
    }
}
