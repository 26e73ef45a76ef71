// SPDX-License-Identifier: Apache-2.0

import WRNInference

extension EvaluationReport: Encodable {
    /// The most classes whose whole matrix is written; `confusions` has what is in it beside the diagonal for any number.
    private static let maximumMatrixClasses = 100

    private enum Key: String, CodingKey {
        case architecture, data, split, model, flip, warnings, count, correct, accuracy,
            accuracyInterval,
            top5Accuracy
        case error, loss, expectedCalibrationError, calibrationBins, macroAverage, weightedAverage
        case classes, confusionMatrix, confusions, broken, seconds, imagesPerSecond, weights
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(data, forKey: .data)
        try container.encode(split, forKey: .split)
        try container.encode(model, forKey: .model)
        try container.encode(flip, forKey: .flip)
        try container.encode(warnings, forKey: .warnings)
        try container.encode(evaluation.count, forKey: .count)
        try container.encode(evaluation.correct, forKey: .correct)
        try container.encode(evaluation.accuracy, forKey: .accuracy)
        let interval = evaluation.accuracyInterval(confidence: Self.confidence)
        try container.encode(Interval(interval), forKey: .accuracyInterval)
        try container.encode(evaluation.topAccuracy(5), forKey: .top5Accuracy)
        try container.encode(evaluation.error, forKey: .error)
        try container.encode(evaluation.loss, forKey: .loss)
        let calibration = evaluation.calibration()
        try container.encode(calibration.expectedError, forKey: .expectedCalibrationError)
        try container.encode(calibration.bins.map(Bin.init), forKey: .calibrationBins)
        try container.encode(evaluation.macroAverages, forKey: .macroAverage)
        try container.encode(evaluation.weightedAverages, forKey: .weightedAverage)
        try container.encode(evaluation.classes.map(Class.init), forKey: .classes)
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

private struct Interval: Encodable {
    let confidence: Double
    let lower: Double
    let upper: Double

    init(_ interval: ClosedRange<Double>) {
        confidence = EvaluationReport.confidence
        lower = interval.lowerBound
        upper = interval.upperBound
    }
}

/// A bin whose undefined means are null.
private struct Bin: Encodable {
    let bin: Calibration.Bin

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

/// A class with what follows from its numbers; what is undefined is null.
private struct Class: Encodable {
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
