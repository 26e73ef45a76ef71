// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNEngine
import WRNInspect
import WRNModel
import WRNPlan
import WRNZoo

/// `wrn summary`: shows a network's layers and counts.
struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the layers, shapes, parameters, multiply-adds and memory of a network.",
        usage: usageText(
            "wrn summary <name|file> [--input <CxHxW>] [--depth <depth>] [--columns "
                + "<columns>] [options]"),
        discussion: """
            The tree has stages, their blocks and the blocks' layers; the numbers of a stage or \
            block are the sums of what is below it. A terminal shows as many columns as it has \
            room for, a pipe and a file all. Counts are of one image; a multiply-add is two \
            floating-point operations. Memory is what the engine plans, arena and all, for a \
            batch; nothing is allocated. csv and markdown have a row for each part at the given \
            depth, so that no number is counted twice.

            --columns torchsummary writes the layout of the Python package of that name, by its \
            formulas.
            """)

    @OptionGroup var network: NetworkOrFileOptions

    @Option(help: "The images of a batch, for the memory. (default: 1)")
    var batch: Int?

    @Option(
        help:
            "How deep the tree goes: 1 stages, 2 blocks, 3 layers with numbers, 4 all layers."
    )
    var depth = 3

    @Option(
        help: ArgumentHelp(
            "The columns beside the layer, parted by commas: kernel, input, output, parameters, "
                + "share, macs, trainable; or all, or torchsummary. (default: as many as fit)",
            valueName: "columns"),
        transform: SummaryColumns.init(argument:))
    var columns: SummaryColumns?

    @Option(help: "How to write it.")
    var format: SummaryFormat?

    @Flag(help: "The same as --format json.")
    var json = false

    func validate() throws {
        try checkOption("--batch", batch, isIn: BatchSize.range)
        try checkOption("--depth", depth, isIn: 1...NetworkSummary.maximumDepth)
        guard !json || format == nil || format == .json else {
            throw ValidationError(
                "--json and --format \(format?.rawValue ?? "") contradict each other")
        }
        guard columns != .torchsummary || !json && (format ?? .table) == .table else {
            throw ValidationError(
                "--columns torchsummary is a layout of its own; leave the format out")
        }
    }

    func run() throws {
        try StandardOutput.write(try text())
    }

    private func text() throws -> DisplayText {
        let described = try network.described()
        let summary = NetworkSummary(described.graph)
        let columns = columns ?? .fitting
        if columns == .torchsummary { return TorchSummaryText(summary, batch: batch).text }
        switch json ? .json : format ?? .table {
        case .csv: return SummaryRows(summary, depth: depth, columns: columns).csv
        case .markdown: return SummaryRows(summary, depth: depth, columns: columns).markdown
        case .json: return try jsonText(report(described, summary))
        case .table:
            let width = Terminal().textWidth
            let table = SummaryTable(summary, depth: depth, columns: columns, width: width)
            return try report(described, summary).text(table, width: width)
        }
    }

    private func report(
        _ described: NetworkOrFileOptions.Described, _ summary: NetworkSummary
    ) throws -> SummaryReport {
        let architecture = described.architecture
        do {
            return SummaryReport(
                name: architecture.name, file: described.file, classes: architecture.classes,
                dropout: architecture.dropout,
                classNames: described.model?.classNames ?? [],
                calibration: described.model?.calibration, network: summary,
                memory: SummaryReport.Memory(
                    try MemoryEstimate(graph: described.graph, batch: batch ?? 1),
                    batch: batch ?? 1), weights: described.reading)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
