// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNReport
import WRNText

/// The summary of a cross-validation.
struct CrossValidationReport {
    let result: CrossValidationResult

    /// The folds, their mean and spread, and the classes and confusions of all images.
    func text(width: TextWidth) -> DisplayText {
        var table = Table(
            [
                ("fold", .right), ("images", .right), ("accuracy", .right), ("balanced", .right),
                ("loss", .right), ("run", .left),
            ], yielding: [5])
        for fold in result.folds {
            table.add([
                "\(fold.number)", Numbers.grouped(fold.evaluation.count),
                Numbers.percent(fold.evaluation.accuracy),
                Numbers.percent(fold.evaluation.balancedAccuracy),
                Numbers.fixed(fold.evaluation.loss, decimals: 4), fold.run,
            ])
        }
        let all = result.outOfFold
        let interval = all.accuracyInterval()
        let sentences = [
            "\(result.network) on \(result.data), \(result.folds.count) folds: accuracy "
                + "\(Self.spread(result.accuracy)), balanced accuracy "
                + "\(Self.spread(result.balancedAccuracy)) (mean ± standard deviation of the "
                + "folds)",
            "Out of fold, each image by the model that was not trained on it: "
                + "\(Numbers.grouped(all.correct)) of \(Numbers.grouped(all.count)) right, "
                + "\(Numbers.percent(all.accuracy)) (95 % confidence: "
                + "\(Numbers.percent(interval.lowerBound)) to "
                + "\(Numbers.percent(interval.upperBound)))",
        ]
        return DisplayText(
            lines: table.lines(width: width) + [""]
                + sentences.flatMap { wrapped($0, width: width.columns) } + [""]
                + EvaluationReport.classTable(all).lines(width: width)
                + ConfusionText(evaluation: all).lines(width: width))
    }

    private static func spread(_ figure: CrossValidationResult.Figure) -> String {
        "\(Numbers.fixed(100 * figure.mean, decimals: 2)) ± "
            + "\(Numbers.fixed(100 * figure.deviation, decimals: 2)) %"
    }
}

extension CrossValidationReport: Encodable {
    private struct Fold: Encodable {
        let fold: Int
        let run: String
        let epochs: Int
        let images: Int
        let correct: Int
        let accuracy: Double
        let balancedAccuracy: Double
        let loss: Double

        init(_ fold: CrossValidationResult.Fold) {
            self.fold = fold.number
            run = fold.run
            epochs = fold.epochs
            images = fold.evaluation.count
            correct = fold.evaluation.correct
            accuracy = fold.evaluation.accuracy
            balancedAccuracy = fold.evaluation.balancedAccuracy
            loss = fold.evaluation.loss
        }
    }

    /// The answers to all images, each by the model of its fold.
    private struct OutOfFold: Encodable {
        let images: Int
        let correct: Int
        let accuracy: Double
        let accuracyInterval: EvaluationReport.Interval
        let balancedAccuracy: Double
        let loss: Double
        let classes: [EvaluationReport.ClassRow]
        /// Nil for more classes than a matrix is written of.
        let confusionMatrix: [[Int]]?
        let confusions: [Evaluation.ConfusionMatrix.Confusion]

        init(_ evaluation: Evaluation) {
            images = evaluation.count
            correct = evaluation.correct
            accuracy = evaluation.accuracy
            accuracyInterval = EvaluationReport.Interval(
                evaluation.accuracyInterval(confidence: EvaluationReport.confidence))
            balancedAccuracy = evaluation.balancedAccuracy
            loss = evaluation.loss
            classes = evaluation.classes.map(EvaluationReport.ClassRow.init)
            let matrix = evaluation.confusionMatrix
            confusionMatrix =
                matrix.classes <= EvaluationReport.maximumMatrixClasses ? matrix.rows : nil
            confusions = matrix.confusions
        }
    }

    private enum Key: String, CodingKey {
        case network, data, folds, accuracy, balancedAccuracy, loss, outOfFold
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(result.network, forKey: .network)
        try container.encode(result.data, forKey: .data)
        try container.encode(result.folds.map(Fold.init), forKey: .folds)
        try container.encode(result.accuracy, forKey: .accuracy)
        try container.encode(result.balancedAccuracy, forKey: .balancedAccuracy)
        try container.encode(result.loss, forKey: .loss)
        try container.encode(OutOfFold(result.outOfFold), forKey: .outOfFold)
    }
}
