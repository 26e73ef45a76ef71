// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNEngine
import WRNGraph
import WRNPlan
import WRNText
import WRNWorkers

/// `wrn bench`: measures the speed of a network.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast a network runs, on random weights and images.",
        usage: usageText(
            "wrn bench <name> [--train] [--batch <batch>] [--threads <threads>] [options]"),
        discussion: """
            One run is a batch from the images to the logits or, with --train, a training step \
            from the images to the updated weights. After a warm-up of at least half a second runs \
            are repeated for three seconds, at least five times. Effective GFLOP/s are 2 x \
            multiply-adds of direct convolutions / median time, whatever the algorithm: for \
            inference the multiply-adds of wrn summary, for training three times as many, less \
            those of the gradients of the images, which are not computed.

            With --shards the batch is computed in that many shards, and several workers, started \
            by mpirun, share it: worker 0 first takes such steps alone, then all do, and the \
            efficiency is the speed of all as a part of N times that of one.
            """)

    @OptionGroup var plan: PlanOptions

    @Option(help: "The measured runs (default: as many as three seconds hold).")
    var repeats: Int?

    @Option(
        help: ArgumentHelp(
            "The shards of a training step's batch, a power of two, which workers share.",
            valueName: "v"))
    var shards: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let shards {
            guard plan.train else {
                throw ValidationError("--shards are of training steps; add --train")
            }
            try checkShards(shards, batch: plan.engine.batch)
        }
        try checkOption("--repeats", repeats, isIn: 1...100_000)
    }

    func run() throws {
        if let shards { return try measure(shards) }
        try Workers.refuse("wrn bench without --shards")
        let (_, name, graph) = try plan.described()
        Interruption.listen()
        let reporter = BenchmarkReporter(title: "bench \(name)", batch: plan.engine.batch)
        let benchmark = try plan.benchmark(graph)
        let result = try benchmark.measure(
            BenchmarkSchedule(repeats: repeats), progress: reporter.show,
            isCancelled: { Interruption.isRequested })
        reporter.end()
        let report = BenchmarkReport(
            figures: BenchmarkFigures(
                network: name, classes: graph.outputShape.channels, batch: plan.engine.batch,
                plan: benchmark.plan, warmUpRuns: result.warmUpRuns, runSeconds: result.runSeconds,
                seconds: result.seconds),
            plannedByteCount: benchmark.plannedByteCount,
            peakResidentByteCount: ProcessMemory.peakResidentByteCount)
        try StandardOutput.write(output.json ? jsonText(report) : report.text)
    }

    /// Measures steps that are computed in shards, by all workers.
    private func measure(_ shards: Int) throws {
        let workers = try Workers.join(timeout: Workers.usualTimeout)
        guard shards.isMultiple(of: workers.size) else {
            throw WorkerError(
                .invalidCount,
                "\(workers.size) workers cannot share \(Numbers.counted(shards, "shard")) evenly; "
                    + "give --shards \(workers.size) or a multiple")
        }
        let (_, name, graph) = try plan.described(batch: plan.engine.batch / shards)
        Interruption.listen(saying: workers.isFirst ? Interruption.Notice.discarding : nil)
        let benchmark = try plan.benchmark(graph, shards: shards, workers)
        let reporter =
            workers.isFirst
            ? BenchmarkReporter(title: "bench \(name)", batch: plan.engine.batch) : nil
        let result = try benchmark.measure(
            BenchmarkSchedule(repeats: repeats), progress: { reporter?.show($0) },
            isCancelled: { Interruption.isRequested })
        reporter?.end()
        try Workers.leave()
        guard workers.isFirst else { return }
        let report = WorkerBenchmarkReport(
            figures: BenchmarkFigures(
                network: name, classes: graph.outputShape.channels, batch: plan.engine.batch,
                plan: benchmark.plan, warmUpRuns: result.warmUpRuns, runSeconds: result.runSeconds,
                seconds: result.seconds),
            result: result)
        try StandardOutput.write(output.json ? jsonText(report) : report.text)
    }
}
