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

    @Argument(help: "The network, for example wrn-28-10 or wrn-50-2.")
    var name: String

    @Option(help: "The number of classes. (default: the network's own, 10 or for ImageNet 1000)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: the network's own, 3x32x32 or for ImageNet 3x224x224)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

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
            let network = try Zoo.network(
                named: name, classes: classes, dropout: dropout,
                inputChannels: input?.channels ?? 3)
            let graph = try network.graph(
                height: input?.height ?? network.usualImageSize,
                width: input?.width ?? network.usualImageSize)
            let memory = try MemoryEstimate(graph: graph, batch: batch)
            return SummaryReport(
                name: network.name, classes: network.classes, dropout: dropout,
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
