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
            """)

    @OptionGroup var plan: PlanOptions

    @Flag(help: "Run it, and show the time of each step.")
    var measure = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        var (description, name, graph) = try plan.described()
        if measure {
            Interruption.listen()
            let reporter = BenchmarkReporter(title: "plan \(name)", batch: plan.engine.batch)
            description = try plan.benchmark(graph).measureSteps(
                progress: reporter.show, isCancelled: { Interruption.isRequested })
            reporter.end()
        }
        let report = PlanReport(
            network: name, classes: graph.outputShape.channels, plan: description,
            prediction: try plan.prediction(graph))
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
    }
}
