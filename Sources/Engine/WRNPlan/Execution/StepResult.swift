// SPDX-License-Identifier: Apache-2.0

/// What a training step reports of its batch, measured before the weights moved.
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
