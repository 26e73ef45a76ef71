// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNRuns
import WRNTraining

/// How far training is, in words.
enum TrainingText {
    /// The bar of the present epoch.
    static func bar(_ progress: StepProgress) -> ProgressBar {
        ProgressBar(
            title: "epoch \(progress.epoch)/\(progress.epochs)",
            fraction: Double(progress.batch) / Double(progress.batchesPerEpoch),
            figures: [
                "\(Numbers.duration(progress.secondsLeft)) left", speed(progress.imagesPerSecond),
                "loss \(Numbers.fixed(progress.meanLoss, decimals: 4))",
                "accuracy \(Numbers.percent(progress.accuracy))",
            ])
    }

    /// The same for those who see no bar.
    static func line(_ progress: StepProgress) -> String {
        [
            "epoch \(progress.epoch)/\(progress.epochs)",
            "step \(progress.batch)/\(progress.batchesPerEpoch)",
            "loss \(Numbers.fixed(progress.meanLoss, decimals: 4))",
            "accuracy \(Numbers.percent(progress.accuracy))",
            speed(progress.imagesPerSecond),
            "\(Numbers.duration(progress.secondsLeft)) left",
        ].joined(separator: "  ")
    }

    /// The result of an epoch, within 80 columns as long as the numbers of epochs have three digits at most; what the figures are,
    /// ``legend(_:)`` says once.
    static func line(_ record: EpochRecord, epochs: Int, split: Split) -> String {
        func figures(_ loss: Double, _ accuracy: Double) -> String {
            "\(Numbers.fixed(loss, decimals: 4)) (\(Numbers.percent(accuracy)))"
        }
        return [
            "epoch \(record.epoch)/\(epochs)",
            "train \(figures(record.trainLoss, record.trainAccuracy))",
            "\(split.rawValue) \(figures(record.validationLoss, record.validationAccuracy))",
            Numbers.duration(record.seconds),
        ].joined(separator: "  ")
    }

    /// What the lines of the epochs show, and which images choose the best one.
    static func legend(_ split: Split) -> [String] {
        let figures =
            "After each epoch: loss (accuracy) on the training and the \(split.adjective) images."
        return split == .test
            ? [figures, "There are no validation images: the test images choose the best epoch."]
            : [figures]
    }

    /// What to say when an epoch waited for images for more than a twentieth of its time and five seconds; nil when it did not.
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
