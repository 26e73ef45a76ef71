// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNModel
import WRNPlan
import WRNRuns

/// One training step of a network: gradients, the update and the averages of the weights.
///
/// The trainer of a run and the trials before it share it; the batches are the caller's.
struct Stepper {
    let configuration: TrainingConfiguration
    var executor: any TrainingExecutor
    /// The factors of the optimizer's constants, by the parameter's name.
    let factors: [String: UpdateFactors]
    /// The weights of the classes in the loss; nil where all are the same.
    let classWeights: [Double]?

    /// Gradients of a batch, the update, and what the configuration's step rules add.
    ///
    /// - Parameters:
    ///   - number: The number of the step in the run, from 0.
    ///   - check: Called with the loss before the weights change; when it throws, they stay as they
    ///     were.
    func step(
        _ batch: Batch, number: Int, learningRate: Double,
        check: (StepResult) throws -> Void = { _ in }
    ) throws -> StepResult {
        let stepRules = configuration.stepRules
        // The first weights and statistics are the first slow ones.
        if stepRules.lookahead != nil, number == 0 { executor.average(decay: 1) }
        let result = try gradients(batch, number: number)
        try check(result)
        var optimizer = configuration.optimizer
        optimizer.learningRate = learningRate
        executor.update(
            optimizer, factors: factors, maximumNorm: stepRules.clipNorm)
        if let decay = stepRules.ema(afterSteps: number) {
            executor.average(decay: decay)
        }
        let steps = configuration.epochs * configuration.stepsPerEpoch
        if let decay = stepRules.lookahead?.decay(afterSteps: number + 1, of: steps) {
            executor.average(decay: decay)
            executor.returnToAverages()
        }
        return result
    }

    /// Computes the gradients of a batch, part after part.
    private func gradients(_ batch: Batch, number: Int) throws -> StepResult {
        let stepRules = configuration.stepRules
        var targets = configuration.targets(batch)
        var imageFactors: [Double]?
        if let classWeights {
            let weighted = configuration.weightedTargets(batch, classWeights)
            (targets, imageFactors) = (weighted.targets, weighted.factors)
        }
        guard stepRules.accumulation > 1 else {
            return try gradients(
                batch.images[...], batch.labels, targets, imageFactors, index: number)
        }
        let classes = configuration.model.classes
        let imageSize = batch.images.count / batch.count
        var (loss, correct) = (0.0, 0)
        let starts = Array(stride(from: 0, to: batch.count, by: configuration.partBatch))
        for (part, start) in starts.enumerated() {
            let end = min(start + configuration.partBatch, batch.count)
            let result = try gradients(
                batch.images[start * imageSize..<end * imageSize],
                Array(batch.labels[start..<end]),
                targets.map { Array($0[start * classes..<end * classes]) },
                imageFactors.map { Array($0[start..<end]) },
                // Each part has dropout masks of its own.
                index: number * stepRules.accumulation + part)
            let share = Double(end - start) / Double(batch.count)
            executor.accumulateGradients(share: share)
            loss += result.loss * share
            correct += result.correct
        }
        return StepResult(loss: loss, correct: correct)
    }

    private func gradients(
        _ images: ArraySlice<Float>, _ labels: [Int], _ targets: [Float]?,
        _ imageFactors: [Double]?, index: Int
    ) throws -> StepResult {
        guard let targets else {
            return try executor.computeGradients(images: images, labels: labels, stepIndex: index)
        }
        return try executor.computeGradients(
            images: images, targets: targets, factors: imageFactors, stepIndex: index)
    }
}

extension TrainingConfiguration {
    /// The images of a part of a batch.
    var partBatch: Int { (batch + stepRules.accumulation - 1) / stepRules.accumulation }

    /// The probabilities that a batch is trained against; nil when they are its labels.
    func targets(_ batch: Batch) -> [Float]? {
        let classes = model.classes
        let smoothing = stepRules.labelSmoothing
        guard smoothing > 0 || batch.mixing != nil else { return nil }
        var targets =
            batch.mixing?.targets(labels: batch.labels, classes: classes)
            ?? Self.oneHot(batch.labels, classes: classes)
        guard smoothing > 0 else { return targets }
        let (kept, spread) = (Float(1 - smoothing), Float(smoothing / Double(classes)))
        for index in targets.indices { targets[index] = kept * targets[index] + spread }
        return targets
    }

    /// The probabilities of a batch in which each class counts by its weight, and what multiplies
    /// the loss of each image.
    ///
    /// With the target t and the smoothed target s of an image, its factor times its new target is
    /// w · s · images / sum over images and classes of w · t, so that the mean over the images is
    /// PyTorch's weighted mean.
    func weightedTargets(
        _ batch: Batch, _ weights: [Double]
    ) -> (targets: [Float], factors: [Double]) {
        let classes = model.classes
        let plain =
            batch.mixing?.targets(labels: batch.labels, classes: classes)
            ?? Self.oneHot(batch.labels, classes: classes)
        var targets = targets(batch) ?? plain
        var total = 0.0
        for index in plain.indices { total += weights[index % classes] * Double(plain[index]) }
        let scale = Double(batch.count) / total
        let factors = (0..<batch.count).map { image in
            let row = image * classes..<(image + 1) * classes
            let sum = row.reduce(0.0) { $0 + weights[$1 % classes] * Double(targets[$1]) }
            for index in row {
                targets[index] = Float(weights[index % classes] * Double(targets[index]) / sum)
            }
            return sum * scale
        }
        return (targets, factors)
    }

    private static func oneHot(_ labels: [Int], classes: Int) -> [Float] {
        var targets = [Float](repeating: 0, count: labels.count * classes)
        for (image, label) in labels.enumerated() { targets[image * classes + label] = 1 }
        return targets
    }
}
