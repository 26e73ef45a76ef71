// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNInference

/// What `wrn evaluate` says about a model.
struct EvaluationReport {
    let architecture: String
    let data: String
    /// Which split of the data it is; nil where that is not known.
    let split: Split?
    /// Which model of a run it is; nil for weights that are no run's.
    let model: ChosenModel?
    let flip: Bool
    /// What may not be meant.
    let warnings: [String]
    let seconds: Double
    let evaluation: Evaluation
    /// What was taken and assumed of another program's weights.
    var weights: WeightsReading?

    /// How sure the interval of the accuracy is.
    static let confidence = 0.95

    var imagesPerSecond: Double { Double(evaluation.count) / max(seconds, 1e-9) }

    /// The totals, a row for each class, and which classes are taken for which.
    func text(width: TextWidth) -> DisplayText {
        let lines =
            wrapped(title, width: width.columns) + [""] + totals + [""] + table.lines(width: width)
            + ConfusionText(evaluation: evaluation).lines(width: width)
        return DisplayText(lines: lines)
    }

    private var title: String {
        "\(architecture) on \(data), \(Numbers.grouped(evaluation.count)) "
            + (split.map { $0.adjective + " " } ?? "") + "images"
            + (flip ? ", each averaged with its mirror image" : "")
            + (model.map { ": " + $0.sentence } ?? "")
    }

    private var totals: [String] {
        let interval = evaluation.accuracyInterval(confidence: Self.confidence)
        var rows = [
            (
                "top-1",
                "\(Numbers.percent(evaluation.accuracy)) (95 % confidence: "
                    + "\(Numbers.percent(interval.lowerBound)) to \(Numbers.percent(interval.upperBound)))"
            )
        ]
        // Among five classes or fewer each label is one of five.
        if evaluation.classes.count > 5 {
            rows.append(("top-5", Numbers.percent(evaluation.topAccuracy(5))))
        }
        rows += [
            ("error", Numbers.percent(evaluation.error)),
            ("loss", Numbers.fixed(evaluation.loss, decimals: 4)),
            ("ECE", Numbers.percent(evaluation.calibration().expectedError)),
            ("speed", "\(Numbers.fixed(imagesPerSecond, decimals: 0)) images/s"),
        ]
        if !evaluation.broken.isEmpty {
            rows.append(("left out", Numbers.counted(evaluation.broken.count, "file")))
        }
        return rows.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + value
        }
    }

    private var table: Table {
        var table = Table([
            ("class", .left), ("images", .right), ("right", .right), ("precision", .right),
            ("recall", .right), ("95 % of recall", .right), ("F1", .right),
        ])
        func percent(_ value: Double?) -> String { value.map(Numbers.percent) ?? "-" }
        func interval(_ row: Evaluation.ClassResult) -> String {
            guard let bounds = row.recallInterval(confidence: Self.confidence) else { return "-" }
            return Numbers.fixed(100 * bounds.lowerBound, decimals: 1) + " to "
                + Numbers.fixed(100 * bounds.upperBound, decimals: 1)
        }
        for row in evaluation.classes {
            table.add([
                row.name, Numbers.grouped(row.count), Numbers.grouped(row.correct),
                percent(row.precision), percent(row.recall), interval(row), percent(row.f1),
            ])
        }
        for (name, means) in [
            ("macro average", evaluation.macroAverages),
            ("weighted average", evaluation.weightedAverages),
        ] {
            table.add([
                name, Numbers.grouped(evaluation.count), Numbers.grouped(evaluation.correct),
                percent(means.precision), percent(means.recall), "", percent(means.f1),
            ])
        }
        return table
    }
}
