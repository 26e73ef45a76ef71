// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNEngine
import WRNGraph
import WRNInspect
import WRNModel
import WRNPlan
import WRNZoo

/// `wrn compare`: shows networks side by side.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare networks: depth, size, work, memory, the paper's errors and speed.",
        usage: "wrn compare <name> ... [--batch <batch>] [--measure] [options]",
        discussion: """
            Sequential steps are the convolutions and linear layers that must wait for one \
            another. Activations are the values that these put out for one image. Memory is that \
            of the planned engine for a batch: to classify, and to train with SGD. Errors are \
            those that the paper states, with the table in which they stand; only errors in one \
            row were reached in the same way.
            """)

    @Argument(help: "The networks, for example wrn-40-4 wrn-28-10 preact-resnet-1001.")
    var names: [String]

    @Option(help: "The number of classes. (default: each network's own)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: each network's own)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

    @Flag(help: "Run each on random images, and show images/s on this machine.")
    var measure = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup(title: "Variant of the networks") var variant: VariantOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        let networks = try names.map(network)
        var report = try report(networks)
        if measure {
            Interruption.listen()
            report = try measured(report, networks)
        }
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
    }

    private typealias Network = (architecture: any Architecture, graph: Graph)

    private func network(_ name: String) throws -> Network {
        do {
            let network = try Zoo.network(
                named: name, classes: classes, inputChannels: input?.channels ?? 3
            ).applying(variant.changes)
            let size = network.usualImageSize
            return (
                network,
                try network.graph(height: input?.height ?? size, width: input?.width ?? size)
            )
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func report(_ networks: [Network]) throws -> ComparisonReport {
        do {
            return ComparisonReport(
                batch: engine.batch,
                networks: try networks.map { network in
                    let memory = try MemoryEstimate(graph: network.graph, batch: engine.batch)
                    return ComparisonReport.Entry(
                        figures: NetworkFigures(network.architecture, network.graph),
                        inferenceByteCount: memory.inferenceByteCount,
                        trainingByteCount: memory.trainingByteCount)
                })
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func measured(
        _ report: ComparisonReport, _ networks: [Network]
    ) throws -> ComparisonReport {
        let entries = try zip(report.networks, networks).map { entry, network in
            var entry = entry
            entry.inferenceImagesPerSecond = try imagesPerSecond(network, .inference)
            entry.trainingImagesPerSecond = try imagesPerSecond(network, .training)
            return entry
        }
        return ComparisonReport(batch: report.batch, networks: entries)
    }

    private func imagesPerSecond(_ network: Network, _ mode: PlanMode) throws -> Double {
        let reporter = BenchmarkReporter(
            title: "\(network.architecture.name), \(mode.rawValue)", batch: engine.batch)
        let benchmark = try PlanBenchmark(
            graph: network.graph, tensors: Model.initialTensors(for: network.graph, seed: 1),
            batch: engine.batch, mode: mode, options: engine.execution)
        let result = try benchmark.measure(
            progress: reporter.show, isCancelled: { Interruption.isRequested })
        reporter.end()
        return result.seconds.quotient(of: Double(engine.batch)).median
    }
}
