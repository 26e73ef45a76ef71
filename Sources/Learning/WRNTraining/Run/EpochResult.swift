// SPDX-License-Identifier: Apache-2.0

/// What of an epoch's record follows from the configuration and the images: all but its times.
///
/// Checkpoints hold the results of all complete epochs, so that lines of `metrics.jsonl` that are lost or changed can be written again.
struct EpochResult: Codable, Hashable {
    /// The most epochs of a run whose checkpoints hold their results: each takes about 300 bytes.
    static let maximumCount = 10_000

    let epoch: Int
    let step: Int
    let learningRate: Double
    let trainLoss: Double
    let trainAccuracy: Double
    let validationLoss: Double
    let validationAccuracy: Double
    let brokenFiles: Int?
    let weightsSHA256: String?

    private enum CodingKeys: String, CodingKey {
        case epoch, step, learningRate, trainLoss, trainAccuracy, validationLoss, validationAccuracy
        case brokenFiles
        case weightsSHA256 = "weightsSha256"
    }
}

extension EpochRecord {
    /// What of the record follows from the configuration and the images.
    var result: EpochResult {
        EpochResult(
            epoch: epoch, step: step, learningRate: learningRate, trainLoss: trainLoss,
            trainAccuracy: trainAccuracy, validationLoss: validationLoss,
            validationAccuracy: validationAccuracy,
            brokenFiles: brokenFiles, weightsSHA256: weightsSHA256)
    }

    /// The record of a result whose line is lost, and its times with it.
    init(restoring result: EpochResult) {
        self.init(
            epoch: result.epoch, step: result.step, learningRate: result.learningRate,
            trainLoss: result.trainLoss, trainAccuracy: result.trainAccuracy,
            validationLoss: result.validationLoss, validationAccuracy: result.validationAccuracy,
            imagesPerSecond: 0,
            seconds: 0, waitSeconds: nil, loaderImagesPerSecond: nil,
            brokenFiles: result.brokenFiles, time: nil, weightsSHA256: result.weightsSHA256,
            isRestored: true)
    }
}

extension RunDirectory {
    /// Makes `metrics.jsonl` hold one line for each complete epoch, and returns them.
    ///
    /// Lines behind `position` go, as the run has taken them back. Lines that are missing, unreadable or other than the checkpoint's
    /// results are written again from these, and ``repairs`` says so.
    ///
    /// - Parameter results: Those of the checkpoint that the run goes on from; nil where it holds none.
    /// - Throws: A ``TrainingError`` when the file cannot be read or written, or is damaged and there are no results.
    func settleMetrics(
        _ results: [EpochResult]?, at position: TrainingPosition
    ) throws -> [EpochRecord] {
        guard let results else {
            try metrics.truncate(toEpochs: position.epoch)
            let records = try metrics.records()
            if records.count != position.epoch {
                repairs.append(
                    "\(metrics.path): expected the lines of \(position.epoch) epochs, found \(records.count), and the "
                        + "checkpoint does not hold the others: they stay lost, and the best model may be one of them"
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
                ? "\(metrics.path): expected one line for each epoch in their order, found others; put in order"
                : "\(metrics.path): the lines of epoch \(lost.joined(separator: ", ")) were missing or changed; "
                    + "written again from the checkpoint, without their times")
        return wanted
    }
}
