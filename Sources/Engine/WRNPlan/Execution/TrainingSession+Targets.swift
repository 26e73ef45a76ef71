// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

// Images that belong to several classes in part, as mixed images and smoothed labels do.

extension TrainingSession {
    /// One step on a batch with a probability for each class of each image: forward in training mode, backward, and an update.
    ///
    ///     loss = mean over images of the sum over c of -t[c] log softmax(logits)[c]
    ///
    /// - Parameters:
    ///   - images: count x H x W x C values (NHWC).
    ///   - targets: count x classes probabilities, image after image, those of an image adding up to 1. With one 1 and zeros for each image all
    ///     results have the bits of ``step(images:labels:stepIndex:optimizer:)``.
    ///   - stepIndex: The number of the step in the run, from 0; dropout draws by it.
    ///   - factors: What multiplies the optimizer's constants, by the parameter's name; 1 for those not named.
    /// - Returns: The loss, and how many images have their likeliest class as the largest logit.
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch is empty or too large, the images have another length, or the targets of an
    ///   image are no probabilities; then nothing has changed.
    @discardableResult
    public func step(
        images: [Float], targets: [Float], stepIndex: Int, optimizer: Optimizer,
        factors: [String: UpdateFactors] = [:]
    ) throws(PlanError) -> StepResult {
        let result = try computeGradients(images: images, targets: targets, stepIndex: stepIndex)
        update(optimizer, factors: factors)
        return result
    }

    /// Forward and backward without an update; running statistics move.
    ///
    /// - Throws: As ``step(images:targets:stepIndex:optimizer:)``.
    public func computeGradients(
        images: [Float], targets: [Float], stepIndex: Int
    ) throws(PlanError) -> StepResult {
        let count = try checkTargets(targets, classes: graph.outputShape.channels)
        try check(images, count: count, stepIndex: stepIndex)
        program.loadInput(images, count: count)
        program.run(
            BoundProgram.Run(
                images: count, stepIndex: stepIndex, seed: seed, targets: .probabilities(targets)))
        return program.result
    }
}
