// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNInspect

/// Which classes are taken for which: a table of all pairs where there are few classes, else the pairs that are mixed up most.
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
                    + "\(FigureText.counted(first.count, "image")).")
        }
        let rows = confusions.prefix(Self.maximumPairCount).map { confusion in
            Markup.tag(
                "tr", [:],
                [
                    .rowHead(name(confusion.label)),
                    .tag("td", ["class": "words"], text: name(confusion.prediction)),
                    .tag("td", text: confusion.count.grouped),
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
                "Below are the images of each class (rows) by the class that the model gave them (columns), "
                    + "shaded by their share of the row."),
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
        // Few mistakes are to be seen, too. No darker than words can be read on.
        let shade = 0.75 * (label == prediction ? share : share.squareRoot())
        return .tag(
            "td",
            [
                "class": label == prediction ? "right" : "wrong",
                "style": "--share:\(FigureText.fixed(shade, decimals: 2))",
            ], text: count.grouped)
    }

    private func share(_ count: Int, of label: Int) -> String {
        FigureText.percent(
            Double(count) / Double(max(evaluation.classes[label].count, 1)), decimals: 1)
    }

    private func name(_ index: Int) -> String { evaluation.classes[index].name }
}
