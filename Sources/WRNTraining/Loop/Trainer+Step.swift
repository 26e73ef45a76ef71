// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNModel
import WRNPlan

extension Trainer {
    /// One step on a batch: gradients, the update, and what the configuration's practice asks for around it.
    func step(_ batch: Batch) throws -> StepResult {
        guard batch.count > 0 else {
            // Every file of it is broken: the step is counted, so that a resumed run agrees, and changes nothing.
            position.add(loss: 0, correct: 0, images: 0)
            return StepResult(loss: 0, correct: 0)
        }
        let practice = configuration.practice
        if practice.resetsMomentumAtDrops, position.batch == 0,
            configuration.schedule.drops(atEpoch: position.epoch)
        {
            session.resetOptimizer()
        }
        let result = try gradients(batch)
        guard result.loss.isFinite, result.loss <= Self.largestLoss else {
            let what =
                result.loss.isFinite
                ? "the training loss exploded to \(Float(result.loss))"
                : "the training loss became \(result.loss)"
            throw configuration.divergence(what, at: position, testLosses: testLosses, run: run)
        }
        var optimizer = configuration.optimizer
        optimizer.learningRate = learningRate(step: position.step)
        session.update(
            optimizer, factors: factors, maximumNorm: practice.maximumGradientNorm)
        if let decay = practice.averageDecay(afterSteps: position.step) {
            session.average(decay: decay)
        }
        position.add(loss: result.loss, correct: result.correct, images: batch.count)
        return result
    }

    /// Beyond this no run of ours has come back: a guess at random costs the logarithm of the classes, 7 for a thousand.
    static let largestLoss = 1e4

    /// The learning rate of a step.
    func learningRate(step: Int) -> Double {
        configuration.learningRate(step: step, testLosses: testLosses)
    }

    /// Computes the gradients of a batch, part after part.
    private func gradients(_ batch: Batch) throws -> StepResult {
        let practice = configuration.practice
        let targets = configuration.targets(batch)
        guard practice.parts > 1 else {
            return try gradients(batch.images, batch.labels, targets, index: position.step)
        }
        let classes = configuration.model.classes
        let imageSize = batch.images.count / batch.count
        var (loss, correct) = (0.0, 0)
        let starts = Array(stride(from: 0, to: batch.count, by: configuration.partBatch))
        for (part, start) in starts.enumerated() {
            let end = min(start + configuration.partBatch, batch.count)
            let result = try gradients(
                Array(batch.images[start * imageSize..<end * imageSize]),
                Array(batch.labels[start..<end]),
                targets.map { Array($0[start * classes..<end * classes]) },
                // Each part draws dropout of its own.
                index: position.step * practice.parts + part)
            let share = Double(end - start) / Double(batch.count)
            session.accumulateGradients(share: share)
            loss += result.loss * share
            correct += result.correct
        }
        return StepResult(loss: loss, correct: correct)
    }

    private func gradients(
        _ images: [Float], _ labels: [Int], _ targets: [Float]?, index: Int
    ) throws -> StepResult {
        guard let targets else {
            return try session.computeGradients(images: images, labels: labels, stepIndex: index)
        }
        return try session.computeGradients(images: images, targets: targets, stepIndex: index)
    }
}

extension TrainingConfiguration {
    /// The images of a part of a batch.
    var partBatch: Int { (batch + practice.parts - 1) / practice.parts }

    /// The probabilities that a batch is trained against; nil when they are its labels.
    func targets(_ batch: Batch) -> [Float]? {
        let classes = model.classes
        let smoothing = practice.labelSmoothing
        guard smoothing > 0 || batch.mixing != nil else { return nil }
        var targets =
            batch.mixing?.targets(labels: batch.labels, classes: classes)
            ?? Self.oneHot(batch.labels, classes: classes)
        guard smoothing > 0 else { return targets }
        let (kept, spread) = (Float(1 - smoothing), Float(smoothing / Double(classes)))
        for index in targets.indices { targets[index] = kept * targets[index] + spread }
        return targets
    }

    private static func oneHot(_ labels: [Int], classes: Int) -> [Float] {
        var targets = [Float](repeating: 0, count: labels.count * classes)
        for (image, label) in labels.enumerated() { targets[image * classes + label] = 1 }
        return targets
    }
}
