// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
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
                    curve(split.rawValue) { $0.validationAccuracy.map { 100 * $0 } },
                ], unit: "\u{A0}%", ceiling: 100),
            LineChart(
                title: "Learning rate at the end of the epoch",
                curves: [curve("learning rate", \.learningRate)], includesZero: true),
            LineChart(
                title: "Training images a second",
                curves: [curve("images a second", \.speed)], includesZero: true),
        ]
    }

    private func curve(_ name: String, _ value: (EpochRecord) -> Double?) -> Curve {
        Curve(
            name: name,
            places: records.compactMap { record in
                value(record).map { .init(x: Double(record.epoch), y: $0) }
            })
    }
}
