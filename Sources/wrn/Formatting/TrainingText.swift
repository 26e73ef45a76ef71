// SPDX-License-Identifier: Apache-2.0

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

    /// The result of an epoch, within 80 columns as long as the numbers of epochs have three digits at most.
    static func line(_ record: EpochRecord, epochs: Int) -> String {
        let loss = Numbers.fixed(record.trainLoss, decimals: 4)
        let testLoss = Numbers.fixed(record.testLoss, decimals: 4)
        return [
            "epoch \(record.epoch)/\(epochs)", "loss \(loss), test \(testLoss)",
            "accuracy \(Numbers.percent(record.trainAccuracy)), test \(Numbers.percent(record.testAccuracy))",
            Numbers.duration(record.seconds),
        ].joined(separator: "  ")
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
