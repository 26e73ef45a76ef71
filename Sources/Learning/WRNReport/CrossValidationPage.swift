// SPDX-License-Identifier: Apache-2.0

package import WRNInference
import WRNText

/// The results of a cross-validation: one model for each fold, measured on the images of the fold,
/// which it was not trained on.
package struct CrossValidationResult: Sendable {
    /// The result of a fold.
    package struct Fold: Sendable {
        /// The number, from 1.
        package let number: Int
        /// The directory of the run.
        package let run: String
        /// The epochs that the run took.
        package let epochs: Int
        /// The answers of its model to the fold's images.
        package let evaluation: Evaluation

        /// Takes the result of a fold.
        package init(number: Int, run: String, epochs: Int, evaluation: Evaluation) {
            self.number = number
            self.run = run
            self.epochs = epochs
            self.evaluation = evaluation
        }
    }

    /// The mean and the spread of a figure over the folds.
    package struct Figure: Encodable, Hashable, Sendable {
        /// The mean of the folds.
        package let mean: Double
        /// The standard deviation of the folds, with one degree of freedom less.
        package let deviation: Double
        /// The smallest value.
        package let lowest: Double
        /// The largest value.
        package let highest: Double

        /// Summarises the values of two folds or more.
        package init(_ values: [Double]) {
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            self.mean = mean
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            deviation = (squares / max(count - 1, 1)).squareRoot()
            lowest = values.min() ?? mean
            highest = values.max() ?? mean
        }
    }

    /// The network's name.
    package let network: String
    /// The source of the images.
    package let data: String
    /// The folds, in their order.
    package let folds: [Fold]
    /// The answers to all images, each by the model of its fold.
    package let outOfFold: Evaluation

    /// Summarises folds; nil without any.
    package init?(network: String, data: String, folds: [Fold]) {
        guard let all = Evaluation(joining: folds.map(\.evaluation)) else { return nil }
        self.network = network
        self.data = data
        self.folds = folds
        outOfFold = all
    }

    /// The accuracy of the folds.
    package var accuracy: Figure { Figure(folds.map(\.evaluation.accuracy)) }

    /// The balanced accuracy of the folds.
    package var balancedAccuracy: Figure { Figure(folds.map(\.evaluation.balancedAccuracy)) }

    /// The loss of the folds.
    package var loss: Figure { Figure(folds.map(\.evaluation.loss)) }
}

/// A page about a cross-validation: one file that needs no other, without scripts.
package struct CrossValidationPage {
    private let result: CrossValidationResult

    /// Takes the results.
    package init(_ result: CrossValidationResult) {
        self.result = result
    }

    /// The page.
    package var html: String {
        let title = "\(result.network) on \(result.data)"
        let header = Markup.tag(
            "header", [:],
            [
                .tag("h1", text: title),
                .tag(
                    "p", ["class": "pale"],
                    text: "A cross-validation with \(result.folds.count) folds: "
                        + "\(Numbers.grouped(result.outOfFold.count)) images, each answered by a "
                        + "model that was not trained on it."),
                figures,
            ])
        let main = Markup.tag(
            "main", [:],
            [
                header, table, ConfusionSection(evaluation: result.outOfFold).section,
                ClassSection(evaluation: result.outOfFold).section,
            ])
        return "<!DOCTYPE html>\n"
            + Markup.tag(
                "html", ["lang": "en"],
                [
                    .tag("head", [:], RunReport.head(title + ": cross-validation")),
                    .tag("body", [:], [main]),
                ]
            ).rendered
    }

    private var figures: Markup {
        func spread(_ figure: CrossValidationResult.Figure) -> String {
            "± \(Numbers.fixed(100 * figure.deviation, decimals: 2)), "
                + "\(Numbers.fixed(100 * figure.lowest, decimals: 2)) to "
                + FigureText.percent(figure.highest)
        }
        let all = result.outOfFold
        let interval = all.accuracyInterval()
        let figures = [
            (
                "Accuracy, mean of folds", FigureText.percent(result.accuracy.mean),
                spread(result.accuracy)
            ),
            (
                "Balanced, mean of folds", FigureText.percent(result.balancedAccuracy.mean),
                spread(result.balancedAccuracy)
            ),
            (
                "Accuracy of all images", FigureText.percent(all.accuracy),
                "95 %: \(Numbers.fixed(100 * interval.lowerBound, decimals: 2)) to "
                    + FigureText.percent(interval.upperBound)
            ),
            ("Loss of all images", Numbers.fixed(all.loss, decimals: 4), "nats"),
        ]
        return .tag(
            "dl", ["class": "figures"],
            figures.map { name, value, note in
                .tag(
                    "div", [:],
                    [
                        .tag("dt", text: name), .tag("dd", text: value),
                        .tag("dd", ["class": "note"], text: note),
                    ])
            })
    }

    private var table: Markup {
        let head = ["run", "images", "epochs", "accuracy", "balanced", "loss"]
        let rows = result.folds.map { fold in
            let cells = [
                Numbers.grouped(fold.evaluation.count), Numbers.grouped(fold.epochs),
                FigureText.percent(fold.evaluation.accuracy),
                FigureText.percent(fold.evaluation.balancedAccuracy),
                Numbers.fixed(fold.evaluation.loss, decimals: 4),
            ]
            return Markup.tag(
                "tr", [:],
                [.rowHead(fold.run)] + cells.map { .tag("td", text: $0) })
        }
        return .section(
            "Fold by fold",
            [
                .paragraph(
                    "± is the standard deviation of the folds. Each two folds share most of their "
                        + "training images, so it is no error of the mean."),
                .scrolled(
                    "Folds",
                    [
                        .tag(
                            "table", [:],
                            [
                                .tag(
                                    "thead", [:],
                                    [.tag("tr", [:], head.map { .columnHead($0) })]),
                                .tag("tbody", [:], rows),
                            ])
                    ]),
            ])
    }
}
