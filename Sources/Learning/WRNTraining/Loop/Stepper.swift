// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNModel
import WRNPlan
import WRNRuns
import WRNWorkers

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
    /// The workers that compute the shards of each batch.
    var group: any WorkerGroup = SoloWorker()

    /// Gradients of a batch, the update, and what the configuration's step rules add; a batch
    /// without images changes nothing.
    ///
    /// - Parameters:
    ///   - batch: The shards of the batch that this worker computes.
    ///   - number: The number of the step in the run, from 0.
    ///   - shouldStop: Asked once, where there are other workers.
    ///   - check: Called with the loss before the weights change; when it throws, they stay as they
    ///     were.
    func step(
        _ batch: Batch, number: Int, learningRate: Double,
        stopping shouldStop: () -> Bool = { false },
        check: (StepResult) throws -> Void = { _ in }
    ) throws -> BatchResult {
        let stepRules = configuration.stepRules
        // The first weights and statistics are the first slow ones.
        if stepRules.lookahead != nil, number == 0 { executor.average(decay: 1) }
        let result = try gradients(batch, number: number, stopping: shouldStop)
        guard result.images > 0 else { return result }
        try check(result.mean)
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

    /// Computes the gradients of a batch: of the whole at once, or shard after shard.
    private func gradients(
        _ batch: Batch, number: Int, stopping shouldStop: () -> Bool
    ) throws -> BatchResult {
        // One shard is no sum: its gradients have their own bits, without a product and a quotient.
        guard configuration.stepRules.shards > 1 else {
            guard batch.count > 0 else { return BatchResult(broken: batch.broken.count) }
            let (mean, _) = try gradients(batch, 0..<batch.count, number: number, firstPlace: nil)
            return BatchResult(mean: mean, images: batch.count, broken: batch.broken.count)
        }
        executor.beginShards(batch.shards.count, in: group)
        var sum = ShardSum<ShardFigures>(count: batch.shards.count, adding: +)
        var own = ShardFigures()
        for shard in batch.shards {
            var figures = ShardFigures()
            if shard.images.isEmpty {
                executor.addEmptyShard()
            } else {
                let (mean, weight) = try gradients(
                    batch, shard.images, number: number, firstPlace: shard.firstPlace)
                figures = ShardFigures(
                    loss: mean.loss * weight, weight: weight, correct: mean.correct,
                    images: shard.images.count)
            }
            if let complete = sum.add(figures) { own = complete }
        }
        own.broken = batch.broken.count
        if group.size > 1, shouldStop() { own.stopping = 1 }
        let all = try own.summed(in: group)
        try executor.finishShards(weight: all.weight, images: all.images)
        return all.result
    }

    /// Computes the gradients of some images of a batch.
    ///
    /// - Parameter firstPlace: The place in the batch at which their shard begins; nil where they
    ///   are all of it.
    /// - Returns: Their mean loss and hits, and the weight of their mean.
    private func gradients(
        _ batch: Batch, _ images: Range<Int>, number: Int, firstPlace: Int?
    ) throws -> (mean: StepResult, weight: Double) {
        let labels = Array(batch.labels[images])
        var targets = configuration.targets(labels, batch.mixing)
        var imageWeights: ImageWeights?
        var weight = Double(images.count)
        if let classWeights {
            let weighted = configuration.weightedTargets(labels, batch.mixing, classWeights)
            (targets, imageWeights, weight) = (weighted.targets, weighted.images, weighted.weight)
        }
        let imageSize = batch.images.count / batch.count
        let pixels = batch.images[images.lowerBound * imageSize..<images.upperBound * imageSize]
        let shard = firstPlace.map { StepShard(firstImage: $0, weight: weight) }
        let mean =
            if let targets {
                try executor.computeGradients(
                    images: pixels, targets: targets, weights: imageWeights, stepIndex: number,
                    shard: shard)
            } else {
                try executor.computeGradients(
                    images: pixels, labels: labels, stepIndex: number, shard: shard)
            }
        return (mean, weight)
    }
}

/// The figures of a step over its whole batch.
struct BatchResult {
    /// The mean loss, and the images whose label had the largest logit; zeros without images.
    var mean = StepResult(loss: 0, correct: 0)
    /// The images, without those whose files are broken.
    var images = 0
    /// The images whose files are broken.
    var broken = 0
    /// Whether one of several workers was asked to stop.
    var stops = false
}

/// What a shard adds to the figures of its step, or a sum of this over several shards.
private struct ShardFigures {
    /// The mean loss times the weight.
    var loss = 0.0
    /// The weight of the shard in the step.
    var weight = 0.0
    var correct = 0
    var images = 0
    var broken = 0
    /// The workers that were asked to stop.
    var stopping = 0

    static func + (left: ShardFigures, right: ShardFigures) -> ShardFigures {
        ShardFigures(
            loss: left.loss + right.loss, weight: left.weight + right.weight,
            correct: left.correct + right.correct, images: left.images + right.images,
            broken: left.broken + right.broken, stopping: left.stopping + right.stopping)
    }

    /// The sum over all workers.
    func summed(in group: any WorkerGroup) throws(WorkerError) -> ShardFigures {
        var values = [loss, weight] + [correct, images, broken, stopping].map(Double.init)
        try group.sum(&values)
        let counts = values[2...].map { Int($0) }
        return ShardFigures(
            loss: values[0], weight: values[1], correct: counts[0], images: counts[1],
            broken: counts[2], stopping: counts[3])
    }

    /// The figures of the step, of which these are the sum over all shards.
    var result: BatchResult {
        var result = BatchResult(images: images, broken: broken, stops: stopping > 0)
        if images > 0 { result.mean = StepResult(loss: loss / weight, correct: correct) }
        return result
    }
}

extension TrainingConfiguration {
    /// The probabilities that images of these labels are trained against; nil when they are their
    /// labels.
    ///
    /// - Parameter mixing: How the images were mixed with each other.
    func targets(_ labels: [Int], _ mixing: Mixing?) -> [Float]? {
        let classes = model.classes
        let smoothing = stepRules.labelSmoothing
        guard smoothing > 0 || mixing != nil else { return nil }
        var targets =
            mixing?.targets(labels: labels, classes: classes)
            ?? Self.oneHot(labels, classes: classes)
        guard smoothing > 0 else { return targets }
        let (kept, spread) = (Float(1 - smoothing), Float(smoothing / Double(classes)))
        for index in targets.indices { targets[index] = kept * targets[index] + spread }
        return targets
    }

    /// The probabilities of images in which each class counts by its weight, the weights of the
    /// images, and the weight of all.
    ///
    /// With the target t and the smoothed target s of an image, its factor times its new target is
    /// w · s · images / weight, and the weight is the sum over images and classes of w · t, so that
    /// the mean over the images is PyTorch's weighted mean.
    ///
    /// The class that is a hit is the one with the largest t: the label, of a mixed image that of
    /// its larger part. The largest w · s may be another's, of a class that weighs many times more.
    func weightedTargets(
        _ labels: [Int], _ mixing: Mixing?, _ weights: [Double]
    ) -> (targets: [Float], images: ImageWeights, weight: Double) {
        let classes = model.classes
        let plain =
            mixing?.targets(labels: labels, classes: classes)
            ?? Self.oneHot(labels, classes: classes)
        var targets = targets(labels, mixing) ?? plain
        var total = 0.0
        for index in plain.indices { total += weights[index % classes] * Double(plain[index]) }
        let scale = Double(labels.count) / total
        let factors = labels.indices.map { image in
            let row = image * classes..<(image + 1) * classes
            let sum = row.reduce(0.0) { $0 + weights[$1 % classes] * Double(targets[$1]) }
            for index in row {
                targets[index] = Float(weights[index % classes] * Double(targets[index]) / sum)
            }
            return sum * scale
        }
        let hits = labels.indices.map { image in
            (0..<classes).reduce(0) { best, index in
                plain[image * classes + index] > plain[image * classes + best] ? index : best
            }
        }
        return (targets, ImageWeights(factors: factors, labels: hits), total)
    }

    private static func oneHot(_ labels: [Int], classes: Int) -> [Float] {
        var targets = [Float](repeating: 0, count: labels.count * classes)
        for (image, label) in labels.enumerated() { targets[image * classes + label] = 1 }
        return targets
    }
}
