// SPDX-License-Identifier: Apache-2.0

package import WRNTensor

/// The loss and the hits of a training step on its batch, computed before the weights change.
package struct StepResult: Hashable, Sendable {
    /// The mean softmax cross-entropy, in nats.
    package let loss: Double
    /// The images whose label had the largest logit.
    package let correct: Int

    /// Collects the figures.
    package init(loss: Double, correct: Int) {
        self.loss = loss
        self.correct = correct
    }
}

/// All that a training session carries from one step to the next, by the parameters' names.
package struct TrainingState: Equatable, Sendable {
    /// The weights and running statistics.
    package var tensors: [String: Tensor]
    /// The velocities of SGD, or AdamW's mean gradients, of the parameters that have moved; empty
    /// before the first step.
    package var velocities: [String: Tensor]
    /// AdamW's mean squared gradients of the parameters that have moved with it.
    package var secondMoments: [String: Tensor]
    /// The number of AdamW's steps of each parameter.
    package var stepCounts: [String: Int]
    /// The moving averages of all weights and running statistics; empty when none are kept.
    package var averages: [String: Tensor]

    /// Collects a state; what is not given has not begun.
    package init(
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
