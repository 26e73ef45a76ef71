// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNText

/// The precision and recall of each class.
struct ClassSection {
    let evaluation: Evaluation

    var section: Markup {
        let macro = evaluation.macroAverages
        let head = [
            "class", "images", "predicted", "right", "precision", "recall", "95 % of recall", "F1",
        ]
        return .section(
            "Class by class",
            [
                .paragraph(
                    "Precision is the share of right ones among the images given to a class, "
                        + "recall among the images of the class, and F1 their harmonic mean. "
                        + "Beside the recall is its 95 % interval, which says how far the number "
                        + "of the class's images lets it be known. The mean of the recalls is the "
                        + "balanced accuracy: "
                        + "\(FigureText.percent(evaluation.balancedAccuracy, decimals: 1))."),
                .scrolled(
                    "Classes",
                    [
                        .tag(
                            "table", [:],
                            [
                                .tag(
                                    "thead", [:], [.tag("tr", [:], head.map { .columnHead($0) })]),
                                .tag("tbody", [:], evaluation.classes.map(row)),
                                .tag(
                                    "tfoot", [:],
                                    [
                                        cells(
                                            "mean of the classes", evaluation.count,
                                            evaluation.count, evaluation.correct,
                                            [
                                                Self.percent(macro.precision),
                                                Self.percent(macro.recall), "",
                                                Self.percent(macro.f1),
                                            ])
                                    ]),
                            ])
                    ]),
            ])
    }

    private func row(_ result: Evaluation.ClassResult) -> Markup {
        cells(
            result.name, result.count, result.predicted, result.correct,
            [
                Self.percent(result.precision), Self.percent(result.recall),
                Self.text(result.recallInterval()), Self.percent(result.f1),
            ])
    }

    private static func percent(_ share: Double?) -> String {
        share.map { FigureText.percent($0, decimals: 1) } ?? "–"
    }

    private static func text(_ interval: ClosedRange<Double>?) -> String {
        interval.map {
            Numbers.fixed(100 * $0.lowerBound, decimals: 1) + " to "
                + FigureText.percent($0.upperBound, decimals: 1)
        } ?? "–"
    }

    private func cells(
        _ name: String, _ count: Int, _ predicted: Int, _ correct: Int, _ shares: [String]
    ) -> Markup {
        .tag(
            "tr", [:],
            [.rowHead(name)]
                + [count, predicted, correct].map { .tag("td", text: Numbers.grouped($0)) }
                + shares.map { .tag("td", text: $0) })
    }
}

/// The confusions: a table of all pairs for few classes, else the most frequent pairs.
struct ConfusionSection {
    let evaluation: Evaluation

    /// The most classes of which all pairs are shown.
    static let maximumClassCount = 20
    private static let maximumPairCount = 20

    var section: Markup {
        .section("Which classes are taken for which", [pairs] + (isSmall ? table : []))
    }

    private var isSmall: Bool { evaluation.classes.count <= Self.maximumClassCount }

    private var pairs: Markup {
        let confusions = evaluation.confusionMatrix.confusions
        guard let first = confusions.first else {
            return .paragraph("The model makes no mistake on these images.")
        }
        if isSmall {
            return .paragraph(
                "Most often \(name(first.label)) is taken for \(name(first.prediction)): "
                    + "\(Numbers.counted(first.count, "image")).")
        }
        let rows = confusions.prefix(Self.maximumPairCount).map { confusion in
            Markup.tag(
                "tr", [:],
                [
                    .rowHead(name(confusion.label)),
                    .tag("td", ["class": "words"], text: name(confusion.prediction)),
                    .tag("td", text: Numbers.grouped(confusion.count)),
                    .tag("td", text: share(confusion.count, of: confusion.label)),
                ])
        }
        return .scrolled(
            "Pairs of classes",
            [
                .tag(
                    "table", [:],
                    [
                        .tag(
                            "caption",
                            text: "The \(rows.count) pairs that are mixed up most often"),
                        .tag(
                            "thead", [:],
                            [
                                .tag(
                                    "tr", [:],
                                    [
                                        .tag(
                                            "th", ["scope": "col", "class": "words"],
                                            text: "class"),
                                        .tag(
                                            "th", ["scope": "col", "class": "words"],
                                            text: "taken for"),
                                        .columnHead("images"), .columnHead("of the class"),
                                    ])
                            ]), .tag("tbody", [:], rows),
                    ])
            ])
    }

    private var table: [Markup] {
        let rows = evaluation.confusionMatrix.rows
        let head =
            [Markup.tag("td", text: "")] + evaluation.classes.map { .columnHead($0.name) }
        let body = rows.enumerated().map { label, counts in
            Markup.tag(
                "tr", [:],
                [.rowHead(name(label))]
                    + counts.enumerated().map { cell($1, label: label, prediction: $0) })
        }
        return [
            .paragraph(
                "Below are the images of each class (rows) by the class that the model gave them "
                    + "(columns), shaded by their share of the row."),
            .scrolled(
                "Confusion matrix",
                [
                    .tag(
                        "table", ["class": "confusion"],
                        [.tag("thead", [:], [.tag("tr", [:], head)]), .tag("tbody", [:], body)])
                ]),
        ]
    }

    private func cell(_ count: Int, label: Int, prediction: Int) -> Markup {
        let total = evaluation.classes[label].count
        guard count > 0, total > 0 else { return .tag("td", ["class": "pale"], text: "0") }
        let share = Double(count) / Double(total)
        // The square root keeps few mistakes visible; the factor keeps text readable.
        let shade = 0.75 * (label == prediction ? share : share.squareRoot())
        return .tag(
            "td",
            [
                "class": label == prediction ? "right" : "wrong",
                "style": "--share:\(Numbers.fixed(shade, decimals: 2))",
            ], text: Numbers.grouped(count))
    }

    private func share(_ count: Int, of label: Int) -> String {
        FigureText.percent(
            Double(count) / Double(max(evaluation.classes[label].count, 1)), decimals: 1)
    }

    private func name(_ index: Int) -> String { evaluation.classes[index].name }
}
