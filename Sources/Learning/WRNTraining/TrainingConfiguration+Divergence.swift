// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns
import WRNTensor

extension TrainingConfiguration {
    /// The error about a run whose loss or answers are no finite numbers, or whose loss exploded.
    func divergence(
        _ what: String, at position: TrainingPosition, validationLosses: [Double],
        run: RunDirectory
    ) -> TrainingError {
        // The loss of the first step is measured before it moves a weight.
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

    /// The cause of a useless loss in the first step, before any weight has moved: not the learning
    /// rate.
    ///
    /// - Parameters:
    ///   - what: What was seen, for example `the training loss became nan`.
    ///   - tensors: The first weights; nil to read or draw them again.
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

    /// A number without the digits that arithmetic leaves behind.
    static func text(_ value: Double) -> String {
        String(format: "%.6g", locale: nil, value)
    }
}
