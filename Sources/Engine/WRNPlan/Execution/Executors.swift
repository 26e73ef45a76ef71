// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor

/// What classifies with a network, on whatever device.
public protocol InferenceExecutor: AnyObject {
    /// The network.
    var graph: Graph { get }

    /// The logits of `count` images in NHWC order, `count` x classes values.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the images do not fit the network or the plan.
    func logits(for images: [Float], count: Int) throws(PlanError) -> [Float]
}

/// What trains a network, on whatever device: the trainer knows no more of the engine than this.
public protocol TrainingExecutor: AnyObject {
    /// The network.
    var graph: Graph { get }

    /// Forward and backward on a batch without an update; running statistics move.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch does not fit the network or the plan.
    func computeGradients(
        images: [Float], labels: [Int], stepIndex: Int
    ) throws(PlanError) -> StepResult

    /// The same with a probability for each class of each image: count x classes values, those of an image adding up to 1.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)`` when the batch does not fit the network or the plan, or the targets are no probabilities.
    func computeGradients(
        images: [Float], targets: [Float], stepIndex: Int
    ) throws(PlanError) -> StepResult

    /// The weights and running statistics by name.
    func tensors() -> [String: Tensor]

    /// The gradients of the last batch by parameter name.
    func gradients() -> [String: Tensor]
}

extension InferenceSession: InferenceExecutor {}
extension TrainingSession: TrainingExecutor {}
