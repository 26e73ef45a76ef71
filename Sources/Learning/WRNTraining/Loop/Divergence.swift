// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns
import WRNTensor

extension TrainingConfiguration {
    /// The error for a run whose loss or logits are not finite, or whose loss is far too large.
    func divergence(
        _ what: String, at position: TrainingPosition, validationLosses: [Double],
        run: RunDirectory
    ) -> TrainingError {
        // The loss of the first step is computed before any weight has changed.
        guard position.step > 0 else {
            return TrainingError(.diverged, "\(run.path): \(firstStepProblem(what))")
        }
        let saved =
            run.hasCheckpoint
            ? "the last checkpoint is kept" : "there was no checkpoint yet"
        let rate = learningRate(step: position.step, validationLosses: validationLosses)
        return TrainingError(
            .diverged,
            "\(run.path): \(what) in epoch \(position.epoch + 1), step \(position.step), with the "
                + "learning rate \(Self.text(rate)) (\(saved)); begin a new run with a "
                + "lower learning rate, for example \(Self.text(optimizer.learningRate / 10))",
            advice: .learningRate(optimizer.learningRate / 10))
    }

    /// The sentence about a loss that is useless in the first step, whose cause is the weights or
    /// the images and not the learning rate.
    ///
    /// - Parameters:
    ///   - what: The problem, for example `the training loss became nan`.
    ///   - tensors: The initial weights; nil to read or draw them again.
    func firstStepProblem(_ what: String, tensors: [String: Tensor]? = nil) -> String {
        let beginning =
            "\(what) in the first step, before any weight has moved, so the learning rate is not "
            + "the cause"
        let tensors =
            tensors ?? (try? firstTensors(of: model.graph()).tensors) ?? [:]
        let broken = tensors.filter { !$0.value.elements.allSatisfy(\.isFinite) }.keys.sorted()
        guard let first = broken.first else {
            return beginning
                + ": all first weights are finite; look at how the images are normalised (means "
                + "\(Self.list(model.mean)), deviations \(Self.list(model.standardDeviation)), "
                + "for pixels in 0...1) and at the images"
                + (fineTuning.map { ", or whether \($0.weights) holds weights of extreme size" }
                    ?? "")
        }
        let source = fineTuning.map { "from \($0.weights)" } ?? "that the run begins with"
        return beginning
            + ": \(broken.count) of the \(tensors.count) tensors \(source) hold values that are "
            + "not finite, \(first) for example; take other weights"
    }

    private static func list(_ values: [Float]) -> String {
        values.map { text(Double($0)) }.joined(separator: ", ")
    }

    /// A number with six significant digits.
    static func text(_ value: Double) -> String {
        String(format: "%.6g", locale: nil, value)
    }
}

extension StepResult {
    /// The loss above which a run counts as diverged.
    ///
    /// A random guess has the logarithm of the number of classes, which is 7 for a thousand.
    static let largestLoss = 1e4

    /// The sentence about a loss that is not finite or above ``largestLoss``; nil for any other.
    var problem: String? {
        if !loss.isFinite { return "the training loss became \(loss)" }
        return loss > Self.largestLoss ? "the training loss exploded to \(Float(loss))" : nil
    }
}
