// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNInspect
import WRNPlan
import WRNZoo

/// `wrn summary`: a network's layers and counts.
struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the layers, shapes, parameters and multiply-adds of a network.")

    @OptionGroup var network: NetworkOptions

    @Option(help: "The images of a batch, for the memory.")
    var batch = 1

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--batch", batch, isIn: 1...65_536)
    }

    func run() throws {
        let report = try self.report()
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().width))
    }

    private func report() throws -> SummaryReport {
        let (described, graph) = try network.network()
        do {
            let memory = try MemoryEstimate(graph: graph, batch: batch)
            return SummaryReport(
                name: described.name, classes: described.classes, dropout: network.dropout,
                network: NetworkSummary(graph),
                memory: SummaryReport.Memory(
                    batch: batch, inferenceByteCount: memory.inferenceByteCount,
                    trainingByteCount: memory.trainingByteCount))
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
