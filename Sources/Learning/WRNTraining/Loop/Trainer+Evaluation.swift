// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNInference
import WRNPlan
import WRNRuns

extension Trainer {
    /// The record of the epoch whose steps are done; nil when asked to stop before it was complete.
    func evaluateEpoch(
        _ watch: Stopwatch, _ shouldStop: () -> Bool, _ report: (TrainingEvent) -> Void
    ) throws -> EpochRecord? {
        let number = position.epoch + 1
        guard position.images > 0 else {
            throw TrainingError(
                .dataMismatch,
                "\(configuration.data.source): none of the \(position.broken) training images of epoch \(number) can be "
                    + "read: look what is wrong with them, mend the files and resume"
            )
        }
        let before = watch.seconds
        try classifier.load(executor.averages() ?? executor.tensors())
        let evaluation: Evaluation
        do {
            evaluation = try classifier.evaluate(
                validation, workers: workers, skipsBroken: skipsBroken,
                progress: { report(.evaluation(epoch: number, done: $0, of: validation.count)) },
                isCancelled: shouldStop)
        } catch is CancellationError {
            return nil
        } catch InferenceError.notFinite {
            throw configuration.divergence(
                "the network's answers to the validation images are not finite", at: position,
                validationLosses: validationLosses, run: run)
        }
        evaluationSeconds = watch.seconds - before
        return EpochRecord(
            epoch: number, step: position.step,
            learningRate: learningRate(step: position.step - 1),
            trainLoss: position.meanLoss, trainAccuracy: position.accuracy,
            validationLoss: evaluation.loss, validationAccuracy: evaluation.accuracy,
            imagesPerSecond: watch.imagesPerSecond, seconds: watch.seconds,
            waitSeconds: watch.loading.waitSeconds,
            loaderImagesPerSecond: watch.loading.imagesPerSecondAndThread,
            brokenFiles: skipsBroken ? position.broken + evaluation.broken.count : nil)
    }

    /// What to tell after a step.
    func progress(_ result: StepResult, _ watch: Stopwatch) -> StepProgress {
        StepProgress(
            epoch: position.epoch + 1, epochs: configuration.epochs, batch: position.batch,
            batchesPerEpoch: configuration.stepsPerEpoch, step: position.step,
            learningRate: learningRate(step: position.step - 1), loss: result.loss,
            meanLoss: position.meanLoss, accuracy: position.accuracy,
            imagesPerSecond: watch.imagesPerSecond, secondsLeft: secondsLeft(watch))
    }

    private func secondsLeft(_ watch: Stopwatch) -> Double {
        let epochsLeft = configuration.epochs - position.epoch
        let imagesLeft = epochsLeft * configuration.imagesPerEpoch - position.images
        return Double(imagesLeft) / max(watch.imagesPerSecond, 1e-9)
            + Double(epochsLeft) * evaluationSeconds
    }
}
