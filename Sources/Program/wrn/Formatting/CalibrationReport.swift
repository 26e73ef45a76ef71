// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNInference
import WRNModel
import WRNRuns
import WRNText

/// The output of `wrn calibrate`.
struct CalibrationReport {
    let architecture: String
    let data: String
    /// The model of a run; nil for weights of no run.
    let model: ChosenModel?
    /// What is known of whether the model was trained on the images.
    let held: HeldOutImages
    /// The file that holds the calibration.
    let stored: String
    /// The page that was written.
    let page: String?
    let result: CalibrationResult
    /// The notes and assumptions about another program's weights.
    var weights: WeightsReading?

    private var calibration: ModelCalibration { result.calibration }

    /// The shares of images that have an answer in the table's rows.
    private static let coverages = [1, 0.99, 0.95, 0.9, 0.8, 0.7, 0.5]

    /// `wrn-16-2 on photos, 206 validation images: the last model of ...`.
    var title: String {
        "\(architecture) on \(data), \(Numbers.grouped(calibration.count)) "
            + (calibration.split.map { $0 + " " } ?? "") + "images"
            + (model.map { ": " + $0.sentence } ?? "")
    }

    /// A sentence about whether the model was trained on the images.
    var assumption: String {
        let sentence =
            switch held {
            case .validation:
                "These are the images on which the run was evaluated after each epoch; it was not "
                    + "trained on them."
            case .others: "Assumed: the model was not trained on these images."
            case .uncertain:
                "Not certain: the data of the run have other files or classes than when it was "
                    + "trained, so images that the model has learnt may be among these."
            case .unknown:
                "Assumed: the model was not trained on these images, of which there is no record."
            }
        return calibration.split == Split.test.rawValue
            ? sentence + " They are test images: an evaluation on them is no longer independent of "
                + "the calibration." : sentence
    }

    /// The temperature, the figures before and after, the trade-off, and the file.
    func text(width: TextWidth) -> DisplayText {
        var lines =
            wrapped(title, width: width.columns) + wrapped(assumption, width: width.columns)
            + ["", "temperature  " + Numbers.fixed(calibration.temperature, decimals: 4), ""]
            + figures.lines(width: width) + [""]
            + wrapped(
                "\(Numbers.percent(result.after.accuracy)) of all answers are right, before and "
                    + "after; of the surest ones:", width: width.columns)
            + [""] + tradeOff.lines(width: width)
        if let thresholds = calibration.thresholds {
            lines += [""] + thresholdLines(thresholds, width: width)
        }
        lines += [""] + wrapped("stored in \(stored)", width: width.columns)
        if let page { lines += wrapped("page: \(page)", width: width.columns) }
        return DisplayText(lines: lines)
    }

    private var figures: Table {
        var table = Table([
            ("", .left), ("before", .right), ("after", .right), ("each half by the other", .right),
        ])
        func add(_ name: String, _ value: (Evaluation) -> String) {
            table.add([
                name, value(result.before), value(result.after),
                result.crossFitted.map(value) ?? "-",
            ])
        }
        add("loss (NLL)") { Numbers.fixed($0.loss, decimals: 4) }
        add("ECE, 15 bins") { Numbers.percent($0.calibration().expectedError) }
        add("ECE, bins of equal counts") {
            Numbers.percent($0.adaptiveCalibration().expectedError)
        }
        return table
    }

    private var tradeOff: Table {
        var table = Table([
            ("threshold", .right), ("images answered", .right), ("answers right", .right),
        ])
        var last = -1
        for coverage in Self.coverages {
            let points = result.after.tradeOff
            guard let point = points.first(where: { $0.coverage <= coverage + 1e-9 }),
                point.count != last
            else { continue }
            last = point.count
            table.add([
                Numbers.fixed(point.threshold, decimals: 4), Numbers.percent(point.coverage),
                point.accuracy.map { Numbers.percent($0) } ?? "-",
            ])
        }
        return table
    }

    private func thresholdLines(_ thresholds: AnswerThresholds, width: TextWidth) -> [String] {
        let answered = result.after.answered(with: thresholds)
        let share = Numbers.percent(thresholds.accuracy ?? 0)
        let confidence = Numbers.percent(thresholds.confidence ?? 0, decimals: 0)
        let right = answered.accuracy.map { Numbers.percent($0) } ?? "none"
        let words =
            "\(Numbers.percent(answered.coverage)) of the images have an answer, \(right) of them "
            + "right here"
        guard let byClass = thresholds.byClass else {
            return wrapped(
                "threshold \(Numbers.fixed(thresholds.overall, decimals: 4)) for at least "
                    + "\(share) right answers, with a confidence of \(confidence): \(words)",
                width: width.columns)
        }
        var table = Table([
            ("class", .left), ("threshold", .right), ("predicted", .right), ("answered", .right),
            ("right", .right),
        ])
        for (index, row) in result.after.classes.enumerated() {
            let answers = result.after.answers.filter { $0.prediction == index }
            let kept = answers.filter {
                thresholds.accept(index, probability: $0.probability)
            }
            table.add([
                row.name, byClass[index].map { Numbers.fixed($0, decimals: 4) } ?? "none",
                Numbers.grouped(answers.count), Numbers.grouped(kept.count),
                kept.isEmpty
                    ? "-"
                    : Numbers.percent(
                        Double(kept.count(where: \.isCorrect)) / Double(kept.count)),
            ])
        }
        return wrapped(
            "thresholds by class for at least \(share) right answers of each class, with a "
                + "confidence of \(confidence): \(words)", width: width.columns)
            + [""] + table.lines(width: width)
    }
}

extension CalibrationReport: Encodable {
    private enum Key: String, CodingKey {
        case architecture, data, split, model, assumption, count, temperature, before, after
        case crossFitted, tradeOff, thresholds, answered, broken, stored, page, weights
    }

    /// The figures of an evaluation.
    private struct Figures: Encodable {
        let accuracy: Double
        let loss: Double
        let expectedCalibrationError: Double
        let adaptiveCalibrationError: Double

        init(_ evaluation: Evaluation) {
            accuracy = evaluation.accuracy
            loss = evaluation.loss
            expectedCalibrationError = evaluation.calibration().expectedError
            adaptiveCalibrationError = evaluation.adaptiveCalibration().expectedError
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(data, forKey: .data)
        try container.encode(calibration.split, forKey: .split)
        try container.encode(model, forKey: .model)
        try container.encode(assumption, forKey: .assumption)
        try container.encode(calibration.count, forKey: .count)
        try container.encode(calibration.temperature, forKey: .temperature)
        try container.encode(Figures(result.before), forKey: .before)
        try container.encode(Figures(result.after), forKey: .after)
        try container.encode(result.crossFitted.map(Figures.init), forKey: .crossFitted)
        try container.encode(result.after.tradeOff, forKey: .tradeOff)
        if let thresholds = calibration.thresholds {
            try container.encode(thresholds, forKey: .thresholds)
            try container.encode(result.after.answered(with: thresholds), forKey: .answered)
        }
        try container.encode(result.after.broken, forKey: .broken)
        try container.encode(stored, forKey: .stored)
        try container.encodeIfPresent(page, forKey: .page)
        try container.encodeIfPresent(weights, forKey: .weights)
    }
}
