// SPDX-License-Identifier: Apache-2.0

public import WRNTensor

/// The loss and the hits of a training step on its batch, computed before the weights change.
public struct StepResult: Hashable, Sendable {
    /// The mean softmax cross-entropy, in nats.
    public let loss: Double
    /// The images whose label had the largest logit.
    public let correct: Int

    /// Collects the figures.
    public init(loss: Double, correct: Int) {
        self.loss = loss
        self.correct = correct
    }
}

/// All that a training session carries from one step to the next, by the parameters' names.
public struct TrainingState: Equatable, Sendable {
    /// The weights and running statistics.
    public var tensors: [String: Tensor]
    /// The velocities of SGD, or AdamW's mean gradients, of the parameters that have moved; empty
    /// before the first step.
    public var velocities: [String: Tensor]
    /// AdamW's mean squared gradients of the parameters that have moved with it.
    public var secondMoments: [String: Tensor]
    /// The number of AdamW's steps of each parameter.
    public var stepCounts: [String: Int]
    /// The moving averages of all weights and running statistics; empty when none are kept.
    public var averages: [String: Tensor]

    /// Collects a state; what is not given has not begun.
    public init(
        tensors: [String: Tensor], velocities: [String: Tensor] = [:],
        secondMoments: [String: Tensor] = [:], stepCounts: [String: Int] = [:],
        averages: [String: Tensor] = [:]
    ) {
        self.tensors = tensors
        self.velocities = velocities
        self.secondMoments = secondMoments
        self.stepCounts = stepCounts
        self.averages = averages
    }
}
