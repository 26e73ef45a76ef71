// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNEngine
package import WRNPlan
package import WRNRuns

/// A search for a learning rate: steps at a rate that grows from step to step, and their losses.
///
///     rate of step i = first · (last / first)^(i / (steps - 1))
///
/// The search ends early when a running average of the loss, `s = 0.95 · s + 0.05 · loss`, divided
/// by `1 - 0.95^i`, is four times its smallest. ``LearningRateAdvice`` is drawn from the losses.
///
/// - Reference: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
package struct LearningRateFinder: Sendable {
    /// One step.
    package struct Point: Codable, Hashable, Sendable {
        /// The step's learning rate.
        package let learningRate: Double
        /// The loss of the step's batch, before its weights moved.
        package let loss: Double
        /// The loss of a smooth curve through the steps around this one.
        package let smoothedLoss: Double
    }

    /// The result of a search.
    package struct Result: Codable, Hashable, Sendable {
        /// The steps, in their order.
        package let points: [Point]
        /// The learning rate that they suggest.
        package let advice: LearningRateAdvice
        /// Whether the search ended early because the loss had grown.
        package let hasDiverged: Bool
    }

    /// The rate of the first step, above 0.
    package var first: Double
    /// The rate of the last step, above the first.
    package var last: Double
    /// The number of steps, 10 or more.
    package var steps: Int

    private static let smoothing = 0.95
    private static let tolerance = 4.0

    /// Creates a search.
    package init(first: Double = 1e-4, last: Double = 10, steps: Int = 300) {
        self.first = first
        self.last = last
        self.steps = steps
    }

    /// Takes the steps, from a configuration's first weights; nothing is written.
    ///
    /// - Parameters:
    ///   - progress: Called with the number of steps that are done.
    ///   - isCancelled: Called between steps; true cancels.
    /// - Throws: A ``TrainingError`` for numbers that cannot be, `CancellationError`, and the
    ///   errors of the data and the engine.
    package func find(
        _ configuration: TrainingConfiguration, train: any ImageSet,
        device: Device = .cpu(), progress: (Int) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Result {
        guard first > 0, last > first, last.isFinite, steps >= 10 else {
            throw TrainingError(
                .invalidConfiguration,
                "a search needs a first rate above 0, a larger last one and 10 steps or more, "
                    + "not \(first), \(last) and \(steps)")
        }
        let trial = try Trial(configuration, train: train, device: device)
        let growth = SystemFunction.power(last / first, 1 / Double(steps - 1))
        let rates = sequence(first: first) { $0 * growth }.prefix(steps).map { $0 }
        var losses: [Double] = []
        var (average, weight, least) = (0.0, 1.0, Double.infinity)
        var hasDiverged = false
        try trial.run(learningRate: { rates[$0] }) { step in
            let (number, result) = (step.number, step.result)
            if isCancelled() { throw CancellationError() }
            if number == 0, let problem = result.problem {
                throw trial.firstStepError(problem)
            }
            average = Self.smoothing * average + (1 - Self.smoothing) * result.loss
            weight *= Self.smoothing
            let smoothed = average / (1 - weight)
            guard smoothed.isFinite, smoothed <= Self.tolerance * least else {
                hasDiverged = true
                return false
            }
            least = min(least, smoothed)
            losses.append(result.loss)
            progress(losses.count)
            return losses.count < steps
        }
        let smoothed = SmoothedCurve(losses).values
        return Result(
            points: losses.indices.map {
                Point(learningRate: rates[$0], loss: losses[$0], smoothedLoss: smoothed[$0])
            },
            advice: LearningRateAdvice(
                learningRates: rates, losses: losses, hasDiverged: hasDiverged),
            hasDiverged: hasDiverged)
    }
}
