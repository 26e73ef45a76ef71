// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNPlan
package import WRNTensor
package import WRNWorkers

/// Training steps on a random batch whose shards several workers compute, to be timed.
///
/// Before each step of all, worker 0 takes one alone, with all shards, so that the efficiency of
/// all workers is found from steps of the same minute.
package final class WorkerBenchmark {
    /// What was measured, by the clock of worker 0.
    package struct Result: Codable, Hashable, Sendable {
        /// The number of workers.
        package let workers: Int
        /// The shards of a step.
        package let shards: Int
        /// The runs before the measured ones.
        package let warmUpRuns: Int
        /// The seconds of each step of all workers, in their order.
        package let runSeconds: [Double]
        /// Their order statistics.
        package let seconds: Spread
        /// The seconds of the same step by one worker, before each of them.
        package let singleRunSeconds: [Double]
        /// Their order statistics.
        package let singleSeconds: Spread
        /// The speed of all workers as a part of N times that of one: 1 where nothing is lost; of
        /// the ratios of neighbouring steps the median.
        package let efficiency: Double
        /// The bytes that worker 0 has sent in a step; it has received as many.
        package let sentByteCount: Int
        /// The mean time of a step in which worker 0 has only waited for the others.
        package let waitingSeconds: Double
    }

    /// The plan of a shard.
    package let plan: PlanDescription
    /// The shards of a step.
    package let shards: Int

    private let group: any WorkerGroup
    private let session: TrainingSession
    private let images: [Float]
    private let labels: [Int]
    private var stepIndex = 0

    /// Plans `graph` for shards of a batch, and allocates a session.
    ///
    /// - Parameters:
    ///   - tensors: The weights and running statistics of the network.
    ///   - batch: The images of a step, a multiple of `shards`.
    ///   - shards: A power of two, and a multiple of the workers.
    /// - Throws: A ``PlanError`` when the session does not fit into this machine's memory, or a
    ///   tensor is missing or has another shape.
    package init(
        graph: Graph, tensors: @autoclosure () -> [String: Tensor], batch: Int, shards: Int,
        group: any WorkerGroup, options: ExecutionOptions = ExecutionOptions()
    ) throws(PlanError) {
        let images = batch / shards
        let network = try NetworkPlan(
            training: graph, batch: images, scope: TrainingScope(), options: options)
        plan = try PlanDescription(network, options: options)
        try network.checkFits(kernels: options.kernels(), threads: options.threads)
        session = try TrainingSession(network, tensors: tensors(), seed: 1, options: options)
        self.group = group
        self.shards = shards
        self.images = PlanBenchmark.randomImages(images * graph.inputShape.elementCount)
        let classes = graph.outputShape.channels
        labels = (0..<images).map { $0 * 7 % classes }
    }

    /// Times steps of worker 0 alone and of all workers in turn; to be called on all of them.
    ///
    /// - Returns: The result, the same on all workers but for the bytes and the waiting, which are
    ///   each one's own.
    /// - Throws: `CancellationError` on all workers when `isCancelled` returns true on any; a
    ///   `WorkerError` when a worker is lost.
    package func measure(
        _ schedule: BenchmarkSchedule = BenchmarkSchedule(),
        progress: (BenchmarkSchedule.Progress) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Result {
        var waited = Duration.zero
        var bytesSent = 0
        let (rounds, warmUpRuns) = try schedule.run(
            {
                // All workers go on by the first one's clock, so that they take as many steps.
                var agreed = [
                    group.isFirst ? try step(in: SoloWorker()) : 0, isCancelled() ? 1 : 0,
                ]
                // The others wait here.
                try group.sum(&agreed)
                if agreed[1] > 0 { throw CancellationError() }
                let before = group.traffic
                var together = [try step(in: group)]
                let after = group.traffic
                waited += after.waited - before.waited
                bytesSent += after.bytesSent - before.bytesSent
                if !group.isFirst { together[0] = 0 }
                try group.sum(&together)
                return (alone: agreed[0], together: together[0])
            }, seconds: { $0.alone + $0.together }, progress: progress, isCancelled: { false })
        let (runs, alone) = (rounds.map(\.together), rounds.map(\.alone))
        let efficiencies = zip(alone, runs).map { $0 / (Double(group.size) * $1) }
        let steps = warmUpRuns + rounds.count
        guard let seconds = Spread(runs), let singleSeconds = Spread(alone),
            let efficiency = Spread(efficiencies)?.median
        else { throw CancellationError() }
        return Result(
            workers: group.size, shards: shards, warmUpRuns: warmUpRuns, runSeconds: runs,
            seconds: seconds, singleRunSeconds: alone, singleSeconds: singleSeconds,
            efficiency: efficiency,
            sentByteCount: bytesSent / steps,
            waitingSeconds: waited / .seconds(1) / Double(steps))
    }

    /// Takes a step whose shards a group computes, as a trainer does.
    ///
    /// - Returns: Its seconds.
    private func step(in group: any WorkerGroup) throws -> Double {
        let start = ContinuousClock.now
        defer { stepIndex += 1 }
        let count = shards / group.size
        session.beginShards(count, in: group)
        var figures = [0.0, 0.0]
        for shard in 0..<count {
            let first = (group.rank * count + shard) * labels.count
            let result = try session.computeGradients(
                images: images[...], labels: labels, stepIndex: stepIndex,
                shard: StepShard(firstImage: first, weight: Double(labels.count)))
            figures[0] += result.loss
            figures[1] += Double(labels.count)
        }
        try group.sum(&figures)
        try session.finishShards(weight: figures[1], images: Int(figures[1]))
        // Small steps, so that numbers stay in range in any number of runs.
        session.update(.sgd(SGD(learningRate: 1e-4)))
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
