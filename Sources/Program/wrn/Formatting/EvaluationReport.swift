// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNInference
import WRNModel
import WRNTensor
import WRNText

/// The output of `wrn evaluate`.
struct EvaluationReport {
    let architecture: String
    let data: String
    /// The split of the data; nil where it is unknown.
    let split: Split?
    /// The model of a run; nil for weights of no run.
    let model: ChosenModel?
    /// The views of each image whose probabilities are averaged.
    let views: TestTimeViews
    /// The precision that the network was computed in.
    let precision: Precision
    /// Settings that are likely mistakes.
    let warnings: [String]
    let seconds: Double
    let evaluation: Evaluation
    /// The calibration of the model; nil for one that is not calibrated.
    let calibration: ModelCalibration?
    /// The notes and assumptions about another program's weights.
    var weights: WeightsReading?

    /// The confidence of the intervals.
    static let confidence = 0.95

    var imagesPerSecond: Double { Double(evaluation.count) / max(seconds, 1e-9) }

    /// The totals, a row for each class, and the confusions.
    func text(width: TextWidth) -> DisplayText {
        let lines =
            wrapped(title, width: width.columns)
            + (calibration.map { wrapped("calibrated: \($0.sentence)", width: width.columns) }
                ?? []) + [""] + totals + [""] + Self.classTable(evaluation).lines(width: width)
            + ConfusionText(evaluation: evaluation).lines(width: width)
        return DisplayText(lines: lines)
    }

    private var title: String {
        "\(architecture) on \(data), \(Numbers.grouped(evaluation.count)) "
            + (split.map { $0.adjective + " " } ?? "") + "images"
            + (views.words.map { ", " + $0 } ?? "")
            + (precision == .float32 ? "" : ", in \(precision.rawValue)")
            + (model.map { ": " + $0.sentence } ?? "")
    }

    private var totals: [String] {
        let interval = evaluation.accuracyInterval(confidence: Self.confidence)
        var rows = [
            (
                "top-1",
                "\(Numbers.percent(evaluation.accuracy)) (95 % confidence: "
                    + "\(Numbers.percent(interval.lowerBound)) to "
                    + "\(Numbers.percent(interval.upperBound)))"
            )
        ]
        // With as many images of each class the two are the same.
        if Set(evaluation.classes.map(\.count).filter { $0 > 0 }).count > 1 {
            rows.append(
                (
                    "balanced",
                    Numbers.percent(evaluation.balancedAccuracy) + " (mean recall of the classes)"
                ))
        }
        // With five classes or fewer the top-5 accuracy is always 1.
        if evaluation.classes.count > 5 {
            rows.append(("top-5", Numbers.percent(evaluation.topAccuracy(5))))
        }
        rows += [
            ("error", Numbers.percent(evaluation.error)),
            ("loss", Numbers.fixed(evaluation.loss, decimals: 4)),
            ("ECE", Numbers.percent(evaluation.calibration().expectedError)),
        ]
        if let answered {
            let right = answered.accuracy.map { Numbers.percent($0) + " of these right" } ?? "none"
            rows.append(
                ("answered", "\(Numbers.percent(answered.coverage)) of the images, \(right)"))
        }
        rows += [
            ("speed", "\(Numbers.fixed(imagesPerSecond, decimals: 0)) images/s")
        ]
        if !evaluation.broken.isEmpty {
            rows.append(("left out", Numbers.counted(evaluation.broken.count, "file")))
        }
        return rows.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + value
        }
    }

    /// The images with an answer by the model's thresholds; nil for a model without.
    private var answered: Evaluation.Answered? {
        calibration?.thresholds.map { evaluation.answered(with: $0) }
    }

    /// A row for each class, and their means.
    static func classTable(_ evaluation: Evaluation) -> Table {
        var table = Table([
            ("class", .left), ("images", .right), ("right", .right), ("precision", .right),
            ("recall", .right), ("95 % of recall", .right), ("F1", .right),
        ])
        func percent(_ value: Double?) -> String { value.map { Numbers.percent($0) } ?? "-" }
        func interval(_ row: Evaluation.ClassResult) -> String {
            guard let bounds = row.recallInterval(confidence: confidence) else { return "-" }
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

extension EvaluationReport: Encodable {
    /// The most classes whose whole matrix is written; `confusions` lists what is off its diagonal
    /// for any number.
    static let maximumMatrixClasses = 100

    private enum Key: String, CodingKey {
        case architecture, data, split, model, flip, views, precision, warnings, count, correct,
            accuracy,
            accuracyInterval, balancedAccuracy, top5Accuracy
        case error, loss, expectedCalibrationError, calibrationBins, macroAverage, weightedAverage
        case classes, confusionMatrix, confusions, broken, seconds, imagesPerSecond, weights
        case adaptiveCalibrationError, calibration, answered
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(data, forKey: .data)
        try container.encode(split, forKey: .split)
        try container.encode(model, forKey: .model)
        try container.encode(views == .flip, forKey: .flip)
        try container.encode(views, forKey: .views)
        try container.encode(precision, forKey: .precision)
        try container.encode(warnings, forKey: .warnings)
        try container.encode(evaluation.count, forKey: .count)
        try container.encode(evaluation.correct, forKey: .correct)
        try container.encode(evaluation.accuracy, forKey: .accuracy)
        let interval = evaluation.accuracyInterval(confidence: Self.confidence)
        try container.encode(Interval(interval), forKey: .accuracyInterval)
        try container.encode(evaluation.balancedAccuracy, forKey: .balancedAccuracy)
        try container.encode(evaluation.topAccuracy(5), forKey: .top5Accuracy)
        try container.encode(evaluation.error, forKey: .error)
        try container.encode(evaluation.loss, forKey: .loss)
        let calibration = evaluation.calibration()
        try container.encode(calibration.expectedError, forKey: .expectedCalibrationError)
        try container.encode(calibration.bins.map(Bin.init), forKey: .calibrationBins)
        try container.encode(
            evaluation.adaptiveCalibration().expectedError, forKey: .adaptiveCalibrationError)
        try container.encodeIfPresent(self.calibration, forKey: .calibration)
        try container.encodeIfPresent(answered, forKey: .answered)
        try container.encode(evaluation.macroAverages, forKey: .macroAverage)
        try container.encode(evaluation.weightedAverages, forKey: .weightedAverage)
        try container.encode(evaluation.classes.map(ClassRow.init), forKey: .classes)
        let matrix = evaluation.confusionMatrix
        if matrix.classes <= Self.maximumMatrixClasses {
            try container.encode(matrix.rows, forKey: .confusionMatrix)
        }
        try container.encode(matrix.confusions, forKey: .confusions)
        try container.encode(evaluation.broken, forKey: .broken)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try container.encodeIfPresent(weights, forKey: .weights)
    }
}

/// A bin with null for undefined means.
private struct Bin: Encodable {
    let bin: Evaluation.Calibration.Bin

    private enum Key: String, CodingKey {
        case lower, upper, count, meanConfidence, accuracy
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(bin.lower, forKey: .lower)
        try container.encode(bin.upper, forKey: .upper)
        try container.encode(bin.count, forKey: .count)
        try container.encode(bin.meanConfidence, forKey: .meanConfidence)
        try container.encode(bin.accuracy, forKey: .accuracy)
    }
}

extension EvaluationReport {
    /// The interval in which a share lies with some confidence.
    struct Interval: Encodable {
        let confidence: Double
        let lower: Double
        let upper: Double

        init(_ interval: ClosedRange<Double>) {
            confidence = EvaluationReport.confidence
            lower = interval.lowerBound
            upper = interval.upperBound
        }
    }

    /// A class with its measures; undefined ones are null.
    struct ClassRow: Encodable {
        let result: Evaluation.ClassResult

        private enum Key: String, CodingKey {
            case name, count, predicted, correct, precision, recall, recallInterval, f1
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(result.name, forKey: .name)
            try container.encode(result.count, forKey: .count)
            try container.encode(result.predicted, forKey: .predicted)
            try container.encode(result.correct, forKey: .correct)
            try container.encode(result.precision, forKey: .precision)
            try container.encode(result.recall, forKey: .recall)
            try container.encode(
                result.recallInterval(confidence: EvaluationReport.confidence).map(Interval.init),
                forKey: .recallInterval)
            try container.encode(result.f1, forKey: .f1)
        }
    }
}

/// A model's confusions: the whole matrix if it is small, else the most frequent ones.
struct ConfusionText {
    let evaluation: Evaluation

    /// The most classes whose matrix is shown.
    private static let maximumMatrixClasses = 12
    private static let maximumConfusions = 10

    /// The lines, after an empty one; none without confusions.
    func lines(width: TextWidth) -> [String] {
        if evaluation.classes.count <= Self.maximumMatrixClasses {
            let lines = matrix.lines(width: width)
            if !width.isFixed || lines.allSatisfy({ $0.count <= width.columns }) {
                return ["", "true classes in rows, predicted ones in columns", ""] + lines
            }
        }
        return mostFrequent(width: width)
    }

    private var matrix: Table {
        let classes = evaluation.classes
        let counts: [(header: String, alignment: Table.Alignment)] = classes.indices.map {
            ("\($0)", .right)
        }
        var table = Table([("", .right), ("class", .left)] + counts, yielding: [1])
        for (index, row) in evaluation.confusionMatrix.rows.enumerated() {
            // Dots in place of zeros keep rare confusions visible.
            table.add(
                ["\(index)", classes[index].name] + row.map { $0 == 0 ? "." : "\($0)" })
        }
        return table
    }

    private func mostFrequent(width: TextWidth) -> [String] {
        let confusions = evaluation.confusionMatrix.confusions
        guard !confusions.isEmpty else { return [] }
        var table = Table(
            [("true class", .left), ("taken for", .left), ("images", .right), ("of", .right)],
            yielding: [0, 1])
        for confusion in confusions.prefix(Self.maximumConfusions) {
            let label = evaluation.classes[confusion.label]
            table.add([
                label.name, evaluation.classes[confusion.prediction].name,
                Numbers.grouped(confusion.count), Numbers.grouped(label.count),
            ])
        }
        let heading =
            confusions.count > Self.maximumConfusions
            ? "the \(Self.maximumConfusions) most frequent of \(Numbers.grouped(confusions.count)) "
                + "confusions"
            : "confusions"
        return ["", heading, ""] + table.lines(width: width)
    }
}
