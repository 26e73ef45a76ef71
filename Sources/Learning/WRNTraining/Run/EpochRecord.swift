// SPDX-License-Identifier: Apache-2.0

/// What a run keeps of an epoch: one line of `metrics.jsonl`.
public struct EpochRecord: Codable, Hashable, Sendable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The steps of the run up to the end of the epoch.
    public let step: Int
    /// The learning rate of the epoch's last step.
    public let learningRate: Double
    /// The mean cross-entropy of the training images, each measured before the step that it took part in.
    public let trainLoss: Double
    /// The share of training images that were right, measured likewise, in `0...1`.
    public let trainAccuracy: Double
    /// The mean cross-entropy of the validation images after the epoch: of those that choose the best epoch, which are the test images
    /// where the data has no others (``TrainingConfiguration/Data/evaluatedSplit``).
    public let validationLoss: Double
    /// The share of validation images that are right after the epoch, in `0...1`.
    public let validationAccuracy: Double
    /// Training images a second, without the evaluation; of an epoch that was interrupted, its last part's.
    public let imagesPerSecond: Double
    /// The seconds that the epoch took, with the evaluation; of an epoch that was interrupted, its last part's.
    public let seconds: Double
    /// The seconds of them that training waited for images; nil in the records of earlier versions.
    public let waitSeconds: Double?
    /// The training images that one loader thread prepares in a second; nil in the records of earlier versions.
    public let loaderImagesPerSecond: Double?
    /// The files of both splits that were left out because they are no images; nil where they are an error.
    public let brokenFiles: Int?
    /// When the epoch was complete, in seconds since 1970; nil until it is on disk.
    public internal(set) var time: Double?
    /// The SHA-256 of the model after the epoch (``WRNModel/Model/weightsSHA256``): the same for the same run, however often it was
    /// stopped and on however many threads; nil until the epoch is on disk.
    public internal(set) var weightsSHA256: String?

    /// Whether the line was lost and written again from a checkpoint, which knows the results but no times: ``seconds`` and
    /// ``imagesPerSecond`` are then 0; nil for a line as it was written.
    public internal(set) var isRestored: Bool?

    /// The keys of JSON, before their letters become small and words are parted by `_`.
    private enum CodingKeys: String, CodingKey {
        case epoch, step, learningRate, trainLoss, trainAccuracy
        case validationLoss, validationAccuracy
        case imagesPerSecond, seconds, waitSeconds, loaderImagesPerSecond, brokenFiles, time
        case weightsSHA256 = "weightsSha256"
        case isRestored = "restored"
    }
}

extension EpochRecord: JSONLine {
    /// A loss is the mean of negative logarithms in 32 bits; rounding may take it below 0.
    private static let losses = -1e-3...Double(Float.greatestFiniteMagnitude)
    /// A million years.
    private static let maximumSeconds = 3.2e13
    private static let maximumRate = 1e15

    var problem: FieldProblem? {
        let loss = "to be a finite number, 0 or more"
        let finite: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
        let share: ClosedRange<Double> = 0...1
        let seconds: ClosedRange<Double> = 0...Self.maximumSeconds
        let rate: ClosedRange<Double> = 0...Self.maximumRate
        let times: ClosedRange<Double> = -Self.maximumSeconds...Self.maximumSeconds
        let problems: [FieldProblem?] = [
            FieldProblem("epoch", epoch, in: 1...TrainingConfiguration.maximumEpochCount),
            FieldProblem("step", step, in: 0...Int(UInt32.max)),
            FieldProblem("learning_rate", learningRate, in: finite, loss),
            FieldProblem("train_loss", trainLoss, in: Self.losses, loss),
            FieldProblem("train_accuracy", trainAccuracy, in: share, "in 0...1"),
            FieldProblem("validation_loss", validationLoss, in: Self.losses, loss),
            FieldProblem("validation_accuracy", validationAccuracy, in: share, "in 0...1"),
            FieldProblem("images_per_second", imagesPerSecond, in: rate),
            FieldProblem("seconds", self.seconds, in: seconds),
            FieldProblem("wait_seconds", waitSeconds, in: seconds),
            FieldProblem("loader_images_per_second", loaderImagesPerSecond, in: rate),
            FieldProblem("broken_files", brokenFiles, in: 0...1 << 32),
            FieldProblem("time", time, in: times),
            digestProblem,
        ]
        return problems.compactMap(\.self).first
    }

    private var digestProblem: FieldProblem? {
        guard let weightsSHA256,
            weightsSHA256.utf8.count != 64 || !weightsSHA256.allSatisfy(\.isHexDigit)
        else { return nil }
        return FieldProblem(
            "weights_sha256", expected: "to be 64 hexadecimal digits",
            found: "\(weightsSHA256.utf8.count) others")
    }
}

extension EpochRecord {
    /// What earlier versions call the numbers of the validation images.
    private enum EarlierKeys: String, CodingKey {
        case testLoss, testAccuracy
    }

    /// Reads a line, also of an earlier version.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let earlier = try decoder.container(keyedBy: EarlierKeys.self)
        epoch = try values.decode(Int.self, forKey: .epoch)
        step = try values.decode(Int.self, forKey: .step)
        learningRate = try values.decode(Double.self, forKey: .learningRate)
        trainLoss = try values.decode(Double.self, forKey: .trainLoss)
        trainAccuracy = try values.decode(Double.self, forKey: .trainAccuracy)
        validationLoss =
            try earlier.decodeIfPresent(Double.self, forKey: .testLoss)
            ?? values.decode(Double.self, forKey: .validationLoss)
        validationAccuracy =
            try earlier.decodeIfPresent(Double.self, forKey: .testAccuracy)
            ?? values.decode(Double.self, forKey: .validationAccuracy)
        imagesPerSecond = try values.decode(Double.self, forKey: .imagesPerSecond)
        seconds = try values.decode(Double.self, forKey: .seconds)
        waitSeconds = try values.decodeIfPresent(Double.self, forKey: .waitSeconds)
        loaderImagesPerSecond = try values.decodeIfPresent(
            Double.self, forKey: .loaderImagesPerSecond)
        brokenFiles = try values.decodeIfPresent(Int.self, forKey: .brokenFiles)
        time = try values.decodeIfPresent(Double.self, forKey: .time)
        weightsSHA256 = try values.decodeIfPresent(String.self, forKey: .weightsSHA256)
        isRestored = try values.decodeIfPresent(Bool.self, forKey: .isRestored)
    }
}
