// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNPlan

/// Looks for a learning rate: steps at a rate that grows from step to step, and what they do to the loss.
///
///     rate of step i = first · (last / first)^(i / (steps - 1))
///
/// The loss is smoothed as an average that forgets, `s = 0.95 · s + 0.05 · loss`, divided by `1 - 0.95^i`. The search ends early when it is four
/// times its smallest.
///
/// - Reference: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
public struct LearningRateFinder: Sendable {
    /// One step.
    public struct Point: Codable, Hashable, Sendable {
        /// The step's learning rate.
        public let learningRate: Double
        /// The loss of the step's batch, before its weights moved.
        public let loss: Double
        /// The smoothed loss.
        public let smoothedLoss: Double
    }

    /// What a search has found.
    public struct Result: Codable, Hashable, Sendable {
        /// The steps, in their order.
        public let points: [Point]
        /// The rate at which the smoothed loss falls fastest over the logarithm of the rate; nil when it never falls.
        public let suggestion: Double?
        /// The rate at which the smoothed loss was smallest: more than that is too much.
        public let limit: Double?
        /// Whether the search ended early because the loss had grown.
        public let hasDiverged: Bool
    }

    /// The rate of the first step, above 0.
    public var first: Double
    /// The rate of the last step, above the first.
    public var last: Double
    /// The number of steps, 10 or more.
    public var steps: Int

    private static let smoothing = 0.95
    private static let tolerance = 4.0

    /// Creates a search.
    public init(first: Double = 1e-5, last: Double = 10, steps: Int = 150) {
        self.first = first
        self.last = last
        self.steps = steps
    }

    /// Takes the steps, from a configuration's first weights; nothing is written.
    ///
    /// - Parameters:
    ///   - progress: Told the number of steps that are done.
    ///   - isCancelled: Asked between steps.
    /// - Throws: A ``TrainingError`` for numbers that cannot be, `CancellationError`, and what the rooms below throw.
    public func find(
        _ configuration: TrainingConfiguration, train: any ImageSet,
        options: ExecutionOptions = ExecutionOptions(), progress: (Int) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Result {
        guard first > 0, last > first, last.isFinite, steps >= 10 else {
            throw TrainingError(
                .invalidConfiguration,
                "a search needs a first rate above 0, a larger last one and 10 steps or more, "
                    + "not \(first), \(last) and \(steps)")
        }
        let rehearsal = try Rehearsal(configuration, train: train, options: options)
        let growth = SystemFunction.power(last / first, 1 / Double(steps - 1))
        let rates = sequence(first: first) { $0 * growth }.prefix(steps).map { $0 }
        var (points, average, weight): ([Point], Double, Double) = ([], 0, 1)
        var hasDiverged = false
        try rehearsal.run(learningRate: { rates[$0] }) { step in
            let (number, result) = (step.number, step.result)
            if isCancelled() { throw CancellationError() }
            average = Self.smoothing * average + (1 - Self.smoothing) * result.loss
            weight *= Self.smoothing
            let smoothed = average / (1 - weight)
            let least = points.map(\.smoothedLoss).min() ?? smoothed
            guard smoothed.isFinite, smoothed <= Self.tolerance * least else {
                hasDiverged = true
                return false
            }
            points.append(
                Point(
                    learningRate: rates[number], loss: result.loss, smoothedLoss: smoothed))
            progress(points.count)
            return points.count < steps
        }
        return Self.judge(points, hasDiverged: hasDiverged)
    }

    /// Reads a suggestion out of the points.
    static func judge(_ points: [Point], hasDiverged: Bool) -> Result {
        // The average needs some steps to mean anything, and behind the smallest loss nothing falls any more.
        let skipped = min(points.count / 10, 10)
        let lowest = points.indices.dropFirst(skipped).min {
            points[$0].smoothedLoss < points[$1].smoothedLoss
        }
        let slopes = points.indices.dropFirst(skipped + 1).filter { $0 <= lowest ?? 0 }.map {
            (
                rate: points[$0].learningRate,
                slope: points[$0].smoothedLoss - points[$0 - 1].smoothedLoss
            )
        }
        let steepest = slopes.min { $0.slope < $1.slope }
        return Result(
            points: points,
            suggestion: steepest.flatMap { $0.slope < 0 ? $0.rate : nil },
            limit: lowest.map { points[$0].learningRate }, hasDiverged: hasDiverged)
    }
}
