// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNGraph
import WRNInspect
import WRNPlan
import WRNZoo

/// `wrn summary`: a network's layers and counts.
struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the layers, shapes, parameters and multiply-adds of a network.")

    @Argument(help: "The network, for example wrn-28-10.")
    var name: String

    @Option(help: "The number of classes.")
    var classes = 10

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: 3x32x32)", valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input = InputShape(channels: 3, height: 32, width: 32)

    @Option(help: "The images of a batch, for the memory.")
    var batch = 1

    @Option(help: "The probability of dropout in each block.")
    var dropout = 0.0

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
        do {
            let network = try WideResNet(
                name: name, classes: classes, dropout: dropout, inputChannels: input.channels)
            let graph = try network.graph(height: input.height, width: input.width)
            let memory = try MemoryEstimate(graph: graph, batch: batch)
            return SummaryReport(
                name: network.name, classes: classes, dropout: dropout,
                network: NetworkSummary(graph),
                memory: SummaryReport.Memory(
                    batch: batch, inferenceByteCount: memory.inferenceByteCount,
                    trainingByteCount: memory.trainingByteCount))
        } catch let error as GraphError {
            throw ValidationError("\(error)")
        } catch let error as PlanError {
            throw ValidationError("\(error)")
        }
    }
}
