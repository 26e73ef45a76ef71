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

    /// The keys of JSON, before their letters become small and words are parted by `_`.
    private enum CodingKeys: String, CodingKey {
        case epoch, step, learningRate, trainLoss, trainAccuracy
        case validationLoss, validationAccuracy
        case imagesPerSecond, seconds, waitSeconds, loaderImagesPerSecond, brokenFiles, time
        case weightsSHA256 = "weightsSha256"
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
    }
}
