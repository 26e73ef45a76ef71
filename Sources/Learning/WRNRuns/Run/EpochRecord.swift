// SPDX-License-Identifier: Apache-2.0

/// The record of an epoch: one line of `metrics.jsonl`.
public struct EpochRecord: Codable, Hashable, Sendable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The steps of the run up to the end of the epoch.
    public let step: Int
    /// The learning rate of the epoch's last step.
    public let learningRate: Double
    /// The mean cross-entropy of the training images, each measured before the step that it took
    /// part in.
    public let trainLoss: Double
    /// The share of training images that were classified correctly, measured likewise, in `0...1`.
    public let trainAccuracy: Double
    /// The mean cross-entropy of the validation images after the epoch: of those by which the best
    /// epoch is chosen, which are the test images where the data has no others
    /// (``TrainingConfiguration/Data/evaluatedSplit``); nil after an epoch without validation
    /// (``TrainingConfiguration/validationInterval``).
    public let validationLoss: Double?
    /// The share of validation images that are classified correctly after the epoch, in `0...1`;
    /// nil after an epoch without validation.
    public let validationAccuracy: Double?
    /// Training images a second, without the evaluation; of an epoch that was interrupted, its last
    /// part's, and 0 where no step was left for that part.
    public let imagesPerSecond: Double
    /// The seconds that the epoch took, with the evaluation; of an epoch that was interrupted, its
    /// last part's.
    public let seconds: Double
    /// The seconds of them that training waited for images; nil in the records of earlier versions.
    public let waitSeconds: Double?
    /// The training images that one loader thread prepares in a second; nil in the records of
    /// earlier versions.
    public let loaderImagesPerSecond: Double?
    /// The files of both splits that were left out because they are no images; nil where they are
    /// an error.
    public let brokenFiles: Int?
    /// The mean of the classes' recalls on the validation images after the epoch, in `0...1`
    /// (`Evaluation.balancedAccuracy`); nil in the records of earlier versions.
    public let validationBalancedAccuracy: Double?
    /// The recall of each class on the validation images, nil for a class without images; nil in
    /// the records of earlier versions and in restored ones, and for more than 100 classes.
    public let validationRecall: [Double?]?
    /// When the epoch was complete, in seconds since 1970; nil until it is on disk.
    public package(set) var time: Double?
    /// The SHA-256 of the model after the epoch (``Model/weightsSHA256``): the same for
    /// the same run, however often it was stopped and on however many threads; nil until the epoch
    /// is on disk.
    public package(set) var weightsSHA256: String?

    /// Whether the line was lost and written again from a checkpoint, which holds the results but
    /// no times: ``seconds`` and ``imagesPerSecond`` are then 0; nil for a line as it was written.
    public package(set) var isRestored: Bool?

    /// Creates the record of an epoch, which is not on the disk yet unless `time` is given.
    package init(
        epoch: Int, step: Int, learningRate: Double, trainLoss: Double, trainAccuracy: Double,
        validationLoss: Double?, validationAccuracy: Double?, imagesPerSecond: Double,
        seconds: Double, waitSeconds: Double?, loaderImagesPerSecond: Double?, brokenFiles: Int?,
        validationBalancedAccuracy: Double? = nil, validationRecall: [Double?]? = nil,
        time: Double? = nil, weightsSHA256: String? = nil, isRestored: Bool? = nil
    ) {
        self.epoch = epoch
        self.step = step
        self.learningRate = learningRate
        self.trainLoss = trainLoss
        self.trainAccuracy = trainAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.imagesPerSecond = imagesPerSecond
        self.seconds = seconds
        self.waitSeconds = waitSeconds
        self.loaderImagesPerSecond = loaderImagesPerSecond
        self.brokenFiles = brokenFiles
        self.validationBalancedAccuracy = validationBalancedAccuracy
        self.validationRecall = validationRecall
        self.time = time
        self.weightsSHA256 = weightsSHA256
        self.isRestored = isRestored
    }

    /// The keys of JSON, before their letters become small and words are separated by `_`.
    private enum CodingKeys: String, CodingKey {
        case epoch, step, learningRate, trainLoss, trainAccuracy
        case validationLoss, validationAccuracy, validationBalancedAccuracy, validationRecall
        case imagesPerSecond, seconds, waitSeconds, loaderImagesPerSecond, brokenFiles, time
        case weightsSHA256 = "weightsSha256"
        case isRestored = "restored"
    }
}

extension EpochRecord {
    /// Training images a second; nil where that was not measured: of a restored line, and of an
    /// epoch that was interrupted after its last step.
    package var speed: Double? { imagesPerSecond > 0 ? imagesPerSecond : nil }

    /// The most classes whose recalls a record has.
    package static let maximumRecallCount = 100
}

extension EpochRecord: JSONLine {
    /// The losses that a record may have: means of negative logarithms in 32 bits, which rounding
    /// may take below 0.
    private static let losses = -1e-3...Double(Float.greatestFiniteMagnitude)
    /// The largest duration, a million years.
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
            FieldProblem(
                "validation_balanced_accuracy", validationBalancedAccuracy, in: share, "in 0...1"),
            (validationRecall ?? []).lazy.compactMap {
                FieldProblem("validation_recall", $0, in: share, "in 0...1")
            }.first,
            FieldProblem("images_per_second", imagesPerSecond, in: rate),
            FieldProblem("seconds", self.seconds, in: seconds),
            FieldProblem("wait_seconds", waitSeconds, in: seconds),
            FieldProblem("loader_images_per_second", loaderImagesPerSecond, in: rate),
            FieldProblem("broken_files", brokenFiles, in: 0...1 << 32),
            FieldProblem("time", time, in: times),
            digestProblem, validationProblem,
        ]
        return problems.compactMap(\.self).first
    }

    /// Loss and accuracy are of the same images, so that there are both or neither.
    private var validationProblem: FieldProblem? {
        guard (validationLoss == nil) != (validationAccuracy == nil) else { return nil }
        let missing = validationLoss == nil ? "validation_loss" : "validation_accuracy"
        return FieldProblem(missing, expected: "beside the other one", found: "none")
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
    /// The keys of the validation images' numbers in earlier versions.
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
            ?? values.decodeIfPresent(Double.self, forKey: .validationLoss)
        validationAccuracy =
            try earlier.decodeIfPresent(Double.self, forKey: .testAccuracy)
            ?? values.decodeIfPresent(Double.self, forKey: .validationAccuracy)
        imagesPerSecond = try values.decode(Double.self, forKey: .imagesPerSecond)
        seconds = try values.decode(Double.self, forKey: .seconds)
        waitSeconds = try values.decodeIfPresent(Double.self, forKey: .waitSeconds)
        loaderImagesPerSecond = try values.decodeIfPresent(
            Double.self, forKey: .loaderImagesPerSecond)
        brokenFiles = try values.decodeIfPresent(Int.self, forKey: .brokenFiles)
        validationBalancedAccuracy = try values.decodeIfPresent(
            Double.self, forKey: .validationBalancedAccuracy)
        validationRecall = try values.decodeIfPresent([Double?].self, forKey: .validationRecall)
        time = try values.decodeIfPresent(Double.self, forKey: .time)
        weightsSHA256 = try values.decodeIfPresent(String.self, forKey: .weightsSHA256)
        isRestored = try values.decodeIfPresent(Bool.self, forKey: .isRestored)
    }
}

/// The part of an epoch's record that follows from the configuration and the images: all but its
/// times.
///
/// Checkpoints hold the results of all complete epochs, so that lines of `metrics.jsonl` that are
/// lost or changed can be written again.
package struct EpochResult: Codable, Hashable {
    /// The most epochs of a run whose checkpoints hold their results: each takes about 300 bytes.
    package static let maximumCount = 10_000

    let epoch: Int
    let step: Int
    let learningRate: Double
    let trainLoss: Double
    let trainAccuracy: Double
    let validationLoss: Double?
    let validationAccuracy: Double?
    let validationBalancedAccuracy: Double?
    let brokenFiles: Int?
    let weightsSHA256: String?

    private enum CodingKeys: String, CodingKey {
        case epoch, step, learningRate, trainLoss, trainAccuracy, validationLoss, validationAccuracy
        case validationBalancedAccuracy, brokenFiles
        case weightsSHA256 = "weightsSha256"
    }
}

extension EpochRecord {
    /// The part that follows from the configuration and the images.
    package var result: EpochResult {
        EpochResult(
            epoch: epoch, step: step, learningRate: learningRate, trainLoss: trainLoss,
            trainAccuracy: trainAccuracy, validationLoss: validationLoss,
            validationAccuracy: validationAccuracy,
            validationBalancedAccuracy: validationBalancedAccuracy,
            brokenFiles: brokenFiles, weightsSHA256: weightsSHA256)
    }

    /// The record of a result whose line, and with it the times, is lost.
    init(restoring result: EpochResult) {
        self.init(
            epoch: result.epoch, step: result.step, learningRate: result.learningRate,
            trainLoss: result.trainLoss, trainAccuracy: result.trainAccuracy,
            validationLoss: result.validationLoss, validationAccuracy: result.validationAccuracy,
            imagesPerSecond: 0,
            seconds: 0, waitSeconds: nil, loaderImagesPerSecond: nil,
            brokenFiles: result.brokenFiles,
            validationBalancedAccuracy: result.validationBalancedAccuracy, time: nil,
            weightsSHA256: result.weightsSHA256,
            isRestored: true)
    }
}

extension RunDirectory {
    /// Repairs `metrics.jsonl`, so that it has one line for each complete epoch, and returns their
    /// records.
    ///
    /// Lines after `position` are removed, because the run repeats their epochs. Lines that are
    /// missing, unreadable or other than the checkpoint's results are written again from these, and
    /// ``repairs`` lists them.
    ///
    /// - Parameter results: Those of the checkpoint that the run resumes from; nil where it holds
    ///   none.
    /// - Throws: A ``TrainingError`` when the file cannot be read or written, or is damaged and
    ///   there are no results.
    package func settleMetrics(
        _ results: [EpochResult]?, at position: TrainingPosition
    ) throws -> [EpochRecord] {
        guard let results else {
            try metrics.truncate(toEpochs: position.epoch)
            let records = try metrics.records()
            if records.count != position.epoch {
                repairs.append(
                    "\(metrics.path): expected the lines of \(position.epoch) epochs, found "
                        + "\(records.count), and the checkpoint does not hold the others: they "
                        + "stay lost, and the best model may be one of them"
                )
            }
            return records
        }
        let found = try metrics.readableRecords()
        let known = Dictionary(
            found.compactMap(\.self).map { ($0.result, $0) },
            uniquingKeysWith: { first, _ in first })
        let wanted = results.map { known[$0] ?? EpochRecord(restoring: $0) }
        if found.prefix(wanted.count).elementsEqual(wanted.map(Optional.some)) {
            try metrics.truncate(toCount: wanted.count)
            return wanted
        }
        let lost = wanted.filter { known[$0.result] == nil }.map { "\($0.epoch)" }
        try metrics.replace(with: wanted)
        repairs.append(
            lost.isEmpty
                ? "\(metrics.path): expected one line for each epoch in their order, found "
                    + "others; put in order"
                : "\(metrics.path): the lines of epoch \(lost.joined(separator: ", ")) were "
                    + "missing or changed; written again from the checkpoint, without their times")
        return wanted
    }
}
