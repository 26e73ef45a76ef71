// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNBatches
import WRNDatasets
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns
import WRNWorkers

extension Trainer {
    /// Evaluates the model after an epoch's last step, where it is to be validated, and returns the
    /// epoch's record; nil when `shouldStop` ended the evaluation.
    func evaluateEpoch(
        _ watch: Stopwatch, _ shouldStop: () -> Bool, _ report: (Event) -> Void
    ) throws -> EpochRecord? {
        let number = position.epoch + 1
        guard position.images > 0 else {
            throw TrainingError(
                .dataMismatch,
                "\(configuration.data.source): none of the \(position.broken) training images of "
                    + "epoch \(number) can be read: check the files, repair them and resume")
        }
        var evaluation: Evaluation?
        if configuration.validates(afterEpoch: number) {
            let before = watch.seconds
            do {
                evaluation = try evaluate(epoch: number, shouldStop, report)
            } catch is CancellationError {
                return nil
            }
            evaluationSeconds = watch.seconds - before
        }
        let recalls = evaluation?.classes.map(\.recall)
        return EpochRecord(
            epoch: number, step: position.step,
            learningRate: learningRate(step: position.step - 1),
            trainLoss: position.meanLoss, trainAccuracy: position.accuracy,
            validationLoss: evaluation?.loss, validationAccuracy: evaluation?.accuracy,
            imagesPerSecond: watch.imagesPerSecond, seconds: watch.seconds,
            waitSeconds: watch.loading.waitSeconds,
            loaderImagesPerSecond: watch.loading.imagesPerSecondAndThread,
            brokenFiles: skipsBroken ? position.broken + (evaluation?.broken.count ?? 0) : nil,
            validationBalancedAccuracy: evaluation?.balancedAccuracy,
            validationRecall: recalls.flatMap {
                $0.count <= EpochRecord.maximumRecallCount ? $0 : nil
            })
    }

    /// Evaluates the model on the validation images.
    private func evaluate(
        epoch: Int, _ shouldStop: () -> Bool, _ report: (Event) -> Void
    ) throws -> Evaluation {
        try classifier.load(executor.averages() ?? executor.tensors())
        do {
            return try classifier.evaluate(
                validation, in: group, workers: workers, skipsBroken: skipsBroken,
                progress: { report(.evaluation(epoch: epoch, done: $0, of: validation.count)) },
                isCancelled: shouldStop)
        } catch InferenceError.notFinite {
            throw configuration.divergence(
                "the network's answers to the validation images are not finite", at: position,
                validationLosses: validationLosses, run: run)
        }
    }

    /// The progress to report after a step.
    func progress(_ result: StepResult, _ watch: Stopwatch) -> Progress {
        Progress(
            epoch: position.epoch + 1, epochs: configuration.epochs, batch: position.batch,
            batchesPerEpoch: configuration.stepsPerEpoch, step: position.step,
            learningRate: learningRate(step: position.step - 1), loss: result.loss,
            meanLoss: position.meanLoss, accuracy: position.accuracy,
            imagesPerSecond: watch.imagesPerSecond, secondsLeft: secondsLeft(watch))
    }

    private func secondsLeft(_ watch: Stopwatch) -> Double {
        let epochsLeft = configuration.epochs - position.epoch
        // Counted as images of as many pixels as those of this epoch: larger ones take longer.
        let epochs =
            configuration.stepRules.growth == nil
            ? Double(epochsLeft)
            : (position.epoch..<configuration.epochs).reduce(0.0) {
                $0 + relativePixels(epoch: $1)
            }
        let images = epochs * Double(configuration.imagesPerEpoch)
        let evaluations = (position.epoch..<configuration.epochs).count {
            configuration.validates(afterEpoch: $0 + 1)
        }
        return (images - Double(position.images)) / max(watch.imagesPerSecond, 1e-9)
            + Double(evaluations) * evaluationSeconds
    }

    private func relativePixels(epoch: Int) -> Double {
        let (size, now) = (
            configuration.imageSize(epoch: epoch), configuration.imageSize(epoch: position.epoch)
        )
        return Double(size.height * size.width) / Double(now.height * now.width)
    }
}

extension Trainer {
    /// The model that others load: the averaged weights where an average is kept, else the weights.
    func model(of state: TrainingState) -> Model {
        Model(
            description: configuration.model,
            tensors: state.averages.isEmpty ? state.tensors : state.averages)
    }

    /// Saves a checkpoint in the middle of an epoch when the policy's interval is over.
    ///
    /// An interval in steps that ends with the epoch saves nothing here, because the end of the
    /// epoch does. An interval in minutes does save, because the evaluation may take long.
    func saveIfDue(_ report: (Event) -> Void) throws {
        if case .steps = checkpoints.interval, position.batch == configuration.stepsPerEpoch {
            return
        }
        guard group.isFirst,
            checkpoints.isDue(step: position.step, elapsed: .now - lastSave)
        else { return }
        try save(checkpoint(executor.state()))
        report(.saved(step: position.step))
    }

    /// Saves a checkpoint and the model at this step, before `train` returns early.
    func saveAll(_ report: (Event) -> Void) throws {
        guard group.isFirst else { return }
        let state = executor.state()
        try save(checkpoint(state))
        try run.save(model(of: state))
        report(.saved(step: position.step))
    }

    /// Completes an epoch on disk, moves on to the next one, and returns the record with the digest
    /// of the weights and the time.
    ///
    /// The record's line is written first, then the checkpoint, then the models. Opening the run
    /// repairs whatever an interruption between them leaves. When writing the line or the
    /// checkpoint fails, the trainer's position goes back to the end of the epoch's steps. The line
    /// stays, because the checkpoint may have been written, and a surplus line is removed when the
    /// run is continued. Where another worker keeps the record, the trainer only moves on.
    func finishEpoch(_ record: EpochRecord) throws -> EpochRecord {
        let (before, past) = (position, results)
        position.finishEpoch()
        guard group.isFirst else {
            _ = add(record)
            return record
        }
        var record = record
        let state = executor.state()
        let model = model(of: state)
        record.weightsSHA256 = model.weightsSHA256
        record.time = Date().timeIntervalSince1970
        results?.append(record.result)
        do {
            try run.append(record)
            try save(checkpoint(state))
        } catch {
            (position, results) = (before, past)
            throw error
        }
        let isBest = add(record)
        try run.save(model)
        if isBest { try run.saveBest(model) }
        if configuration.earlyStopping != nil, isOver { try run.restoreBest() }
        try events?.append(record, isLast: isOver)
        return record
    }

    private func save(_ checkpoint: Checkpoint) throws {
        // Steps after the checkpoint are dropped when the run is opened; those before it would be
        // lost.
        try writeSteps()
        try run.save(checkpoint, keeping: checkpoints.count)
        lastSave = .now
    }
}

/// A measurement of this process's work on one epoch: its time and its images per second.
struct Stopwatch {
    private let start = ContinuousClock.now
    private var images = 0
    private var trainingSeconds = 0.0
    /// The figures of the loader of the epoch's training images.
    var loading = LoaderStatistics()

    /// Counts images on which a step has been taken.
    mutating func add(images: Int) {
        self.images += images
        trainingSeconds = seconds
    }

    /// The seconds since this process began or resumed the epoch.
    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Training images per second; 0 before the first.
    var imagesPerSecond: Double {
        trainingSeconds > 0 ? Double(images) / trainingSeconds : 0
    }
}
