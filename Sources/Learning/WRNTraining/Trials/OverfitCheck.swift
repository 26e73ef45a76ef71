// SPDX-License-Identifier: Apache-2.0

import WRNBatches
package import WRNDatasets
import WRNEngine
import WRNModel
package import WRNPlan
package import WRNRuns

/// A check that a network can overfit a few images, as every sound network, loss and set of labels
/// can.
///
/// The images are trained again and again, unvaried, without weight decay, smoothing, mixing or
/// dropout, at the base rate.
package struct OverfitCheck: Sendable {
    /// The outcome of a check.
    package struct Result: Codable, Hashable, Sendable {
        /// The number of images; those whose files are broken and left out do not count.
        package let images: Int
        /// The epochs, each over all of them, that were needed or permitted.
        package let epochs: Int
        /// The mean loss of the last epoch.
        package let loss: Double
        /// The share of the images that were right in the last epoch.
        package let accuracy: Double
        /// Whether all of them were right, and the loss was below ``OverfitCheck/targetLoss``.
        package let hasPassed: Bool
    }

    /// The mean loss below which images count as learnt.
    package static let targetLoss = 0.1

    /// The number of images: the first of the training images.
    package var images: Int
    /// The most epochs that are permitted.
    package var epochs: Int

    /// Creates a check.
    package init(images: Int, epochs: Int = 200) {
        self.images = images
        self.epochs = epochs
    }

    /// Trains on the images until they are learnt, or the epochs are over; nothing is written.
    ///
    /// - Parameters:
    ///   - makeConfiguration: Creates the configuration of a run on these images.
    ///   - progress: Called with each epoch's number, mean loss and accuracy.
    ///   - isCancelled: Called between steps; true cancels.
    /// - Throws: A ``TrainingError`` with the code `diverged` when the loss explodes,
    ///   `CancellationError`, and the errors of the data and the engine.
    package func run(
        on train: any ImageSet, device: Device = .cpu(),
        configuration makeConfiguration: (any ImageSet) throws -> TrainingConfiguration,
        progress: (Int, Double, Double) -> Void = { _, _, _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Result {
        let few = train.prefix(images)
        let configuration = try makeConfiguration(few).withoutRegularization()
        let trial = try Trial(configuration, train: few, device: device)
        var (epoch, position) = (1, TrainingPosition())
        var result: Result?
        let rate = configuration.optimizer.learningRate
        try trial.run(learningRate: { _ in rate }) { step in
            if isCancelled() { throw CancellationError() }
            if let problem = step.result.problem {
                if step.number == 0 { throw trial.firstStepError(problem) }
                throw TrainingError(
                    .diverged,
                    "\(problem) in step \(step.number + 1) on \(few.count) images with the "
                        + "learning rate \(rate): choose a lower one, for example \(rate / 10)",
                    advice: .learningRate(rate / 10))
            }
            position.add(
                loss: step.result.loss, correct: step.result.correct, images: step.images)
            guard step.endsEpoch else { return true }
            progress(epoch, position.meanLoss, position.accuracy)
            let hasPassed =
                position.correct == position.images && position.meanLoss < Self.targetLoss
            result = Result(
                images: position.images, epochs: epoch, loss: position.meanLoss,
                accuracy: position.accuracy, hasPassed: hasPassed)
            epoch += 1
            position.finishEpoch()
            return !hasPassed && epoch <= epochs
        }
        guard let result else { preconditionFailure("an epoch has a step") }
        return result
    }
}

extension TrainingConfiguration {
    /// The same configuration without what keeps a network from overfitting.
    func withoutRegularization() -> TrainingConfiguration {
        var optimizer = optimizer
        switch optimizer {
        case .sgd(var rule):
            rule.weightDecay = 0
            optimizer = .sgd(rule)
        case .adamW(var rule):
            rule.weightDecay = 0
            optimizer = .adamW(rule)
        case .muon(var rule):
            rule.weightDecay = 0
            optimizer = .muon(rule)
        }
        return TrainingConfiguration(
            model: model.with(dropout: 0), data: data, epochs: epochs,
            batch: min(batch, data.trainImages), seed: seed, recipe: recipe, optimizer: optimizer,
            schedule: .constant, augmentation: .none,
            stepRules: StepRules(clipNorm: stepRules.clipNorm), precision: precision,
            fineTuning: fineTuning)
    }
}
