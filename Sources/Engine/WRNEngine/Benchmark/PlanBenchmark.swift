// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNPlan
import WRNRandom
package import WRNTensor

/// A session that runs again and again on one random batch, to be timed.
///
///     let benchmark = try PlanBenchmark(
///         graph: graph, tensors: tensors, batch: 16, mode: .inference)
///     let result = try benchmark.measure()
///     print(benchmark.plan.effectiveGigaflops(seconds: result.seconds.median))
package final class PlanBenchmark {
    /// The times of whole runs.
    package struct Result: Codable, Hashable, Sendable {
        /// The runs before the measured ones.
        package let warmUpRuns: Int
        /// The seconds of each run, in their order.
        package let runSeconds: [Double]
        /// Their order statistics.
        package let seconds: Spread
    }

    /// The computation that is measured.
    package let plan: PlanDescription
    private let engine: Engine
    private let images: [Float]
    private let labels: [Int]
    private var stepIndex = 0

    private enum Engine {
        case inference(InferenceSession)
        case training(TrainingSession)
    }

    /// Plans `graph` for batches of `batch` images and allocates a session.
    ///
    /// - Parameters:
    ///   - graph: The network.
    ///   - tensors: Its weights and running statistics; made once it is known that the session fits
    ///     into this machine's memory, and not kept.
    ///   - options: What it runs on.
    /// - Throws: A ``PlanError`` when the session does not fit into this machine's memory, or a
    ///   tensor is missing or has another shape.
    package init(
        graph: Graph, tensors: @autoclosure () -> [String: Tensor], batch: Int, mode: PlanMode,
        options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        let network =
            switch mode {
            case .inference:
                try NetworkPlan(graph, batch: batch, for: mode, options: options)
            case .training:
                try NetworkPlan(
                    training: graph, batch: batch, scope: TrainingScope(), options: options)
            }
        plan = try PlanDescription(network, options: options)
        try network.checkFits(kernels: options.kernels(), threads: options.threads)
        switch mode {
        case .inference:
            engine = .inference(
                try InferenceSession(network, tensors: tensors(), options: options))
        case .training:
            engine = .training(
                try TrainingSession(network, tensors: tensors(), seed: 1, options: options))
        }
        images = Self.randomImages(batch * graph.inputShape.elementCount)
        let classes = graph.outputShape.channels
        labels = (0..<batch).map { $0 * 7 % classes }
    }

    /// The bytes of all memory that the session holds.
    package var plannedByteCount: Int {
        switch engine {
        case .inference(let session): session.plannedByteCount
        case .training(let session): session.plannedByteCount
        }
    }

    /// Times whole runs: a call for the logits of a full batch, or a training step on it.
    ///
    /// - Throws: `CancellationError` when `isCancelled`, which is called before each run, returns
    ///   true.
    package func measure(
        _ schedule: BenchmarkSchedule = BenchmarkSchedule(),
        progress: (BenchmarkSchedule.Progress) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Result {
        let (seconds, warmUpRuns) = try schedule.run(
            run, seconds: { $0 }, progress: progress, isCancelled: isCancelled)
        guard let spread = Spread(seconds) else { throw CancellationError() }
        return Result(warmUpRuns: warmUpRuns, runSeconds: seconds, seconds: spread)
    }

    /// Times each step of several runs: ``plan`` with the medians.
    ///
    /// - Throws: `CancellationError` when `isCancelled`, which is called before each run, returns
    ///   true.
    package func measureSteps(
        _ schedule: BenchmarkSchedule = BenchmarkSchedule(),
        progress: (BenchmarkSchedule.Progress) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> PlanDescription {
        let (runs, _) = try schedule.run(
            runSteps, seconds: { $0.reduce(0, +) }, progress: progress, isCancelled: isCancelled)
        var plan = plan
        plan.measuredRuns = runs.count
        for index in plan.steps.indices {
            plan.steps[index].measuredSeconds = Spread(runs.map { $0[index] })?.median
        }
        return plan
    }

    private func run() throws -> Double {
        let start = ContinuousClock.now
        switch engine {
        case .inference(let session): _ = try session.logits(for: images, count: labels.count)
        case .training(let session):
            try session.step(
                images: images, labels: labels, stepIndex: nextStepIndex(), optimizer: optimizer)
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// The seconds of each step of the plan.
    private func runSteps() throws -> [Double] {
        var seconds: [Double] = []
        seconds.reserveCapacity(plan.steps.count)
        switch engine {
        case .inference(let session):
            let program = session.program
            seconds.append(secondsTaken { program.loadInput(images[...], count: labels.count) })
            program.run(BoundProgram.Run(images: labels.count), recording: &seconds)
        case .training(let session):
            let program = session.program
            let run = try session.checkedRun(
                images: images[...], labels: labels, stepIndex: nextStepIndex())
            seconds.append(secondsTaken { program.loadInput(images[...], count: labels.count) })
            program.run(run, recording: &seconds)
            seconds.append(secondsTaken { session.update(optimizer) })
        }
        return seconds
    }

    /// Small steps, so that numbers stay in range in any number of runs.
    private var optimizer: Optimizer { .sgd(SGD(learningRate: 1e-4)) }

    private func nextStepIndex() -> Int {
        defer { stepIndex += 1 }
        return stepIndex
    }

    /// Normal numbers; for large batches a prime number of them again and again, so that no two
    /// images are the same.
    static func randomImages(_ count: Int) -> [Float] {
        let random = RandomStream(seed: 1, purpose: .augmentation)
        let period = min(count, 65_537)
        let numbers = (0..<(period + 1) / 2).flatMap { index in
            let pair = random.normals(at: index)
            return [Float(pair.0), Float(pair.1)]
        }
        return (0..<count).map { numbers[$0 % period] }
    }
}
