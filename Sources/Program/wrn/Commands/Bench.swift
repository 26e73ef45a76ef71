// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNGraph
import WRNPlan

/// `wrn bench`: how fast a network runs here.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast a network runs, on random weights and images.",
        usage: "wrn bench <name> [--train] [--batch <batch>] [--threads <threads>] [options]",
        discussion: """
            One run is a batch from the images to the logits or, with --train, a training step from the images to the \
            updated weights. After a warm-up of at least half a second runs are repeated for three seconds, at least five \
            times. Effective GFLOP/s are 2 x multiply-adds of direct convolutions / median time, whatever the algorithm: \
            for inference the multiply-adds that wrn summary says, for training three times as many, less those of the \
            gradients of the images, which are not computed.
            """)

    @OptionGroup var plan: PlanOptions

    @Option(help: "The measured runs (default: as many as three seconds hold).")
    var repeats: Int?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--repeats", repeats, isIn: 1...100_000)
    }

    func run() throws {
        let (_, name, graph) = try plan.described()
        Interruption.listen()
        let reporter = BenchmarkReporter(title: "bench \(name)", batch: plan.engine.batch)
        let benchmark = try plan.benchmark(graph)
        let result = try benchmark.measure(
            BenchmarkSchedule(repeats: repeats), progress: reporter.show,
            isCancelled: { Interruption.isRequested })
        reporter.end()
        let report = BenchmarkReport(
            network: name, classes: graph.outputShape.channels, plan: benchmark.plan,
            result: result,
            plannedByteCount: benchmark.plannedByteCount,
            peakResidentByteCount: ProcessMemory.peakResidentByteCount)
        try StandardOutput.write(output.json ? jsonText(report) : report.text)
    }
}
