// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNInspect

/// How well the model tells each class from the others.
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
                    "Precision is the share of right ones among the images given to a class, recall among "
                        + "the images of the class, and F1 their harmonic mean. Beside the recall is its 95 % interval, "
                        + "which says how far the number of the class's images lets it be known."),
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
            FigureText.fixed(100 * $0.lowerBound, decimals: 1) + " to "
                + FigureText.percent($0.upperBound, decimals: 1)
        } ?? "–"
    }

    private func cells(
        _ name: String, _ count: Int, _ predicted: Int, _ correct: Int, _ shares: [String]
    ) -> Markup {
        .tag(
            "tr", [:],
            [.rowHead(name)]
                + [count, predicted, correct].map { .tag("td", text: $0.grouped) }
                + shares.map { .tag("td", text: $0) })
    }
}
