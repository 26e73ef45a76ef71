// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNEngine
import WRNGraph
import WRNPlan

/// `wrn plan`: shows the steps to which the engine lowers a network.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the steps to which a network is lowered, their kernels, memory and times.",
        usage: "wrn plan <name> [--train] [--batch <batch>] [--measure] [options]",
        discussion: """
            The table has as many columns as the terminal has room for; a wider one, a pipe, a \
            file and --json show more. Predicted times are estimates, the larger of two: what \
            the rule that chooses algorithms counts, in multiply-adds at a fixed rate for each \
            thread, and the bytes that a step touches at a fixed rate for all; the rates are below \
            the table. Measured times are medians of several runs on random weights and images. \
            GMAC and GFLOP/s are those of direct convolutions, whatever the algorithm.

            With --workers the batch is that of all workers, the steps are those of one shard of \
            it, and the efficiency is the speed of all workers as a part of N times that of one. \
            The prediction is best from measured times (--measure) on one of the machines.
            """)

    @OptionGroup var plan: PlanOptions

    @Flag(help: "Run it, and show the time of each step.")
    var measure = false

    @OptionGroup(title: "Several workers") var workers: WorkerPlanOptions

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try workers.check(batch: plan.engine.batch, isTraining: plan.train)
    }

    func run() throws {
        let batch = plan.engine.batch / (workers.shardCount ?? 1)
        var (description, name, graph) = try plan.described(batch: batch)
        if measure {
            Interruption.listen()
            let reporter = BenchmarkReporter(title: "plan \(name)", batch: batch)
            description = try plan.benchmark(graph, batch: batch).measureSteps(
                progress: reporter.show, isCancelled: { Interruption.isRequested })
            reporter.end()
        }
        let report = PlanReport(
            network: name, classes: graph.outputShape.channels, plan: description,
            prediction: try plan.prediction(graph, batch: batch),
            workers: workers.prediction(description, graph))
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
    }
}
