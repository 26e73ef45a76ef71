// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNRuns

/// The curves of a run over its epochs.
struct CurveSection {
    let records: [EpochRecord]
    /// The split that was evaluated after each epoch.
    let split: Split

    var section: Markup {
        guard !records.isEmpty else {
            return .section("Curves", [.paragraph("No epoch is complete yet.")])
        }
        return .section("Curves", [.tag("div", ["class": "charts"], charts.map(\.figure))])
    }

    private var charts: [LineChart] {
        [
            LineChart(
                title: "Cross-entropy",
                curves: [curve("train", \.trainLoss), curve(split.rawValue, \.validationLoss)]),
            LineChart(
                title: "Accuracy",
                curves: [
                    curve("train") { 100 * $0.trainAccuracy },
                    curve(split.rawValue) { 100 * $0.validationAccuracy },
                ], unit: "\u{A0}%", ceiling: 100),
            LineChart(
                title: "Learning rate at the end of the epoch",
                curves: [curve("learning rate", \.learningRate)], includesZero: true),
            LineChart(
                title: "Training images a second",
                // Lines that were written again from a checkpoint know no times.
                curves: [
                    curve("images a second", of: records.filter { $0.isRestored != true }) {
                        $0.imagesPerSecond
                    }
                ], includesZero: true),
        ]
    }

    private func curve(
        _ name: String, of records: [EpochRecord]? = nil, _ value: (EpochRecord) -> Double
    ) -> Curve {
        Curve(
            name: name,
            places: (records ?? self.records).map { .init(x: Double($0.epoch), y: value($0)) })
    }
}

extension Markup {
    /// A part of the page under a heading.
    static func section(_ title: String, _ children: [Markup]) -> Markup {
        .tag("section", [:], [.tag("h2", text: title)] + children)
    }

    /// A paragraph of text.
    static func paragraph(_ text: String) -> Markup { .tag("p", text: text) }

    /// What may be wider than the page, and is then scrolled in place, with keys too.
    static func scrolled(_ label: String, _ children: [Markup], class style: String = "") -> Markup
    {
        .tag(
            "div",
            [
                "class": style.isEmpty ? "scroll" : "scroll " + style, "tabindex": "0",
                "role": "region", "aria-label": label,
            ], children)
    }

    /// A head cell of a column.
    static func columnHead(_ text: String) -> Markup { .tag("th", ["scope": "col"], text: text) }

    /// A head cell of a row.
    static func rowHead(_ text: String) -> Markup { .tag("th", ["scope": "row"], text: text) }
}
