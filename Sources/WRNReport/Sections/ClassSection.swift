// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNInspect

/// How well the model tells each class from the others.
struct ClassSection {
    let evaluation: Evaluation

    var section: Markup {
        let macro = evaluation.macroAverages
        let head = ["class", "images", "predicted", "right", "precision", "recall", "F1"]
        return .section(
            "Class by class",
            [
                .paragraph(
                    "Precision is the share of right ones among the images given to a class, recall among "
                        + "the images of the class, and F1 their harmonic mean."),
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
                                            [macro.precision, macro.recall, macro.f1])
                                    ]),
                            ])
                    ]),
            ])
    }

    private func row(_ result: Evaluation.ClassResult) -> Markup {
        cells(
            result.name, result.count, result.predicted, result.correct,
            [result.precision, result.recall, result.f1])
    }

    private func cells(
        _ name: String, _ count: Int, _ predicted: Int, _ correct: Int, _ shares: [Double?]
    ) -> Markup {
        .tag(
            "tr", [:],
            [.rowHead(name)]
                + [count, predicted, correct].map { .tag("td", text: $0.grouped) }
                + shares.map { share in
                    .tag("td", text: share.map { FigureText.percent($0, decimals: 1) } ?? "–")
                })
    }
}
