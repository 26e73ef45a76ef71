// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNBatches
import WRNDatasets
import WRNInference
import WRNModel
import WRNRuns
import WRNTensor
import WRNText
import WRNTraining

/// The progress of training in words.
enum TrainingText {
    /// The bar of the present epoch.
    static func bar(_ progress: Trainer.Progress) -> ProgressBar {
        ProgressBar(
            title: "epoch \(progress.epoch)/\(progress.epochs)",
            fraction: Double(progress.batch) / Double(progress.batchesPerEpoch),
            figures: [
                "\(Numbers.duration(progress.secondsLeft)) left", speed(progress.imagesPerSecond),
                "loss \(Numbers.fixed(progress.meanLoss, decimals: 4))",
                "accuracy \(Numbers.percent(progress.accuracy))",
            ])
    }

    /// The same as a line, for output without a bar.
    static func line(_ progress: Trainer.Progress) -> String {
        [
            "epoch \(progress.epoch)/\(progress.epochs)",
            "step \(progress.batch)/\(progress.batchesPerEpoch)",
            "loss \(Numbers.fixed(progress.meanLoss, decimals: 4))",
            "accuracy \(Numbers.percent(progress.accuracy))",
            speed(progress.imagesPerSecond),
            "\(Numbers.duration(progress.secondsLeft)) left",
        ].joined(separator: "  ")
    }

    /// The rule for early stopping.
    static func stopping(_ rule: TrainingConfiguration.EarlyStopping, _ split: Split) -> String {
        let change =
            rule.minimumChange > 0 ? " by more than \(rule.minimumChange)" : ""
        return "It ends earlier when the \(split.adjective) \(rule.metric.text) has not improved"
            + "\(change) for \(Numbers.counted(rule.patience, "epoch")), with the best model."
    }

    /// The result of an epoch, within 80 columns for up to 999 epochs; ``legend(_:)`` explains the
    /// figures.
    static func line(_ record: EpochRecord, epochs: Int, split: Split) -> String {
        func figures(_ loss: Double, _ accuracy: Double) -> String {
            "\(Numbers.fixed(loss, decimals: 4)) (\(Numbers.percent(accuracy)))"
        }
        return [
            "epoch \(record.epoch)/\(epochs)",
            "train \(figures(record.trainLoss, record.trainAccuracy))",
            record.validationLoss.flatMap { loss in
                record.validationAccuracy.map { "\(split.rawValue) \(figures(loss, $0))" }
            },
            Numbers.duration(record.seconds),
        ].compactMap(\.self).joined(separator: "  ")
    }

    /// The explanation of the epochs' lines, and of which images choose the best epoch.
    ///
    /// - Parameter interval: The epochs from one validation to the next.
    static func legend(_ split: Split, every interval: Int) -> [String] {
        let figures =
            interval == 1
            ? "After each epoch: loss (accuracy) on the training and the \(split.adjective) images."
            : "After each epoch: loss (accuracy) on the training images; after every "
                + "\(interval) and the last, on the \(split.adjective) images."
        return split == .test
            ? [figures, "There are no validation images: the test images choose the best epoch."]
            : [figures]
    }

    /// A note on an epoch that waited for images for more than a twentieth of its time and five
    /// seconds; nil for others.
    static func waiting(_ record: EpochRecord) -> String? {
        guard let wait = record.waitSeconds, let rate = record.loaderImagesPerSecond,
            wait > max(record.seconds / 20, 5)
        else { return nil }
        return "  \(Numbers.percent(wait / record.seconds)) of it waiting for images; "
            + "one loader thread prepares \(speed(rate))"
    }

    private static func speed(_ imagesPerSecond: Double) -> String {
        "\(Numbers.fixed(imagesPerSecond, decimals: 0)) images/s"
    }
}

/// The lines of JSON that `wrn train --json` writes, one for each event, with keys as in
/// `metrics.jsonl`.
enum TrainingLine {
    /// Training begins or goes on.
    struct Start: Encodable {
        let event = "start"
        let run: String
        let network: String
        let parameters: Int
        let epochs: Int
        let stepsPerEpoch: Int
        let step: Int
        let threads: Int
        let precision: Precision
        /// The split whose images are evaluated after each epoch and choose the best one.
        let validationSplit: Split
        /// Of a run that is fine-tuned, and the lists only where it begins.
        var trainedParameters: Int?
        var takenTensors: Int?
        var newTensors: [String]?
        var droppedTensors: [String]?
        /// The notes and assumptions about another program's weights.
        var weights: WeightsReading?
        /// The training images of each class, in the order of their numbers.
        let classCounts: [Int]
        /// Entries of a folder or an archive that are no images of the data set; nil for arrays.
        let leftOut: Int?
        /// The seconds that the run is expected to take, by some of its steps; nil for a short one.
        let predictedSeconds: Double?
        /// The settings that photographs chose, with their values; nil for none.
        let chosen: [String: String]?
        /// The warnings about the classes.
        let warnings: [String]
    }

    /// An epoch is complete: the fields of its line in `metrics.jsonl`, and the event.
    struct Epoch: Encodable {
        let record: EpochRecord

        private enum CodingKeys: String, CodingKey {
            case event
        }

        func encode(to encoder: any Encoder) throws {
            try record.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("epoch", forKey: .event)
        }
    }

    /// The run is saved in the middle of an epoch.
    struct Saved: Encodable {
        let event = "saved"
        let step: Int
    }

    /// A setting that is likely a mistake.
    struct Warning: Encodable {
        let event = "warning"
        let message: String
    }

    /// A file is no image and is left out.
    struct LeftOut: Encodable {
        let event = "left_out"
        let file: String?
        let message: String
    }

    /// A checkpoint could not be used.
    struct UnusableCheckpoint: Encodable {
        let event = "unusable_checkpoint"
        let file: String
        let message: String
    }

    /// Another defect of the run that was repaired or could not be checked.
    struct Repair: Encodable {
        let event = "repair"
        let message: String
    }

    /// The number of epochs follows from a time.
    struct Budget: Encodable {
        let event = "budget"
        let minutes: Double
        let epochs: Int
        let trainingSecondsPerEpoch: Double
        let evaluationSecondsPerEpoch: Double
        let savingSecondsPerEpoch: Double
    }

    /// Training has ended: `finished`, also before the last epoch, or `stopped` on request.
    struct End: Encodable {
        let event: String
        let step: Int
        let model: String
        /// The epoch after which early stopping ended the run, and the one whose model it has.
        var stoppedAfterEpoch: Int?
        var bestEpoch: Int?
    }

    /// The result of an overfit check.
    struct Overfit: Encodable {
        let event = "overfit"
        let result: OverfitCheck.Result
    }

    /// The summary of several seeds.
    struct Seeds: Encodable {
        let event = "seeds"
        let report: SeedReport
    }

    /// The answer of a demo's model for a test image.
    struct Answer: Encodable {
        let event = "answer"
        let index: Int
        let label: String
        let className: String
        let probability: Double
    }

    /// A value in one line.
    static func text(_ value: some Encodable) throws -> DisplayText {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(value), as: UTF8.self)
        return DisplayText(document: jsonEscaped(json) + "\n")
    }
}

/// The tensors that a fine-tuned run takes from other weights, and the parameters that it trains,
/// in words.
enum FineTuningText {
    static func lines(
        _ fineTuning: TrainingConfiguration.FineTuning, _ transfer: WeightTransfer?, trained: Int,
        parameters: Int
    ) -> [String] {
        var lines: [String] = []
        if let transfer {
            let parts = [
                "\(Numbers.counted(transfer.taken.count, "tensor")) taken",
                text("new", transfer.new), text("dropped", transfer.dropped),
            ]
            lines.append(
                "From \(fineTuning.weights): "
                    + parts.compactMap(\.self).joined(separator: "; "))
        }
        var moving =
            "\(Numbers.grouped(trained)) of \(Numbers.grouped(parameters)) parameters are trained"
        if fineTuning.headOnlyEpochs > 0 {
            moving +=
                ", those of the head alone in the first "
                + Numbers.counted(fineTuning.headOnlyEpochs, "epoch")
        }
        lines.append(moving)
        return lines
    }

    /// The names of a list, shortened to the first four.
    private static func text(_ what: String, _ names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(4).joined(separator: ", ")
        return "\(what): \(shown)" + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
}
