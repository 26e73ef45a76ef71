// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNPlan
import WRNRuns

extension Trainer {
    /// One step on a batch: gradients, the update, and what the configuration's step rules add.
    func step(_ batch: Batch) throws -> StepResult {
        let stepRules = configuration.stepRules
        if stepRules.resetsMomentumAtDrops, position.batch == 0,
            configuration.schedule.drops(atEpoch: position.epoch)
        {
            executor.resetOptimizer()
        }
        guard batch.count > 0 else {
            // Every file of it is broken: the step is counted, so that a resumed run agrees, and
            // changes nothing.
            position.add(loss: 0, correct: 0, images: 0, broken: batch.broken.count)
            return StepResult(loss: 0, correct: 0)
        }
        let result = try stepper.step(
            batch, number: position.step, learningRate: learningRate(step: position.step)
        ) { result in
            guard let problem = result.problem else { return }
            throw configuration.divergence(
                problem, at: position, validationLosses: validationLosses, run: run)
        }
        position.add(
            loss: result.loss, correct: result.correct, images: batch.count,
            broken: batch.broken.count)
        return result
    }

    /// The learning rate of a step.
    func learningRate(step: Int) -> Double {
        configuration.learningRate(step: step, validationLosses: validationLosses)
    }
}

extension StepResult {
    /// From such a loss no network comes back: a guess at random costs the logarithm of the number
    /// of classes, 7 for a thousand.
    static let largestLoss = 1e4

    /// What is wrong with the loss, or nil.
    var problem: String? {
        if !loss.isFinite { return "the training loss became \(loss)" }
        return loss > Self.largestLoss ? "the training loss exploded to \(Float(loss))" : nil
    }
}
