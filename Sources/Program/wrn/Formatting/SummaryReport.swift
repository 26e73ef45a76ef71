// SPDX-License-Identifier: Apache-2.0

import WRNEngine
import WRNInference
import WRNInspect
import WRNModel
import WRNPlan
import WRNText

/// The output of `wrn summary`.
struct SummaryReport: Encodable {
    /// The bytes that the network takes for a batch.
    struct Memory: Encodable {
        let batch: Int
        let inferenceByteCount: Int
        let trainingByteCount: Int
        let inference: PlanDescription.Memory
        let training: PlanDescription.Memory

        init(_ estimate: MemoryEstimate, batch: Int) {
            self.batch = batch
            inferenceByteCount = estimate.inferenceByteCount
            trainingByteCount = estimate.trainingByteCount
            inference = estimate.inference
            training = estimate.training
        }
    }

    let name: String
    /// The model's file; nil where the network was named.
    let file: String?
    let classes: Int
    let dropout: Double
    /// The classes' names of a model that has them.
    let classNames: [String]
    /// The calibration of a model that has one.
    let calibration: ModelCalibration?
    let network: NetworkSummary
    let memory: Memory
    /// The notes and assumptions about another program's weights.
    var weights: WeightsReading?

    /// The table and the totals, in lines of at most `width` where the numbers allow it.
    func text(_ table: SummaryTable, width: TextWidth) -> DisplayText {
        var title =
            "\(name): \(network.input) images, \(classes) classes"
            + (dropout > 0 ? ", dropout \(dropout)" : "")
        if let file { title += ", from \(file)" }
        var lines = wrapped(title, width: width.columns)
        if !classNames.isEmpty {
            lines += wrapped(
                classNames.joined(separator: ", "), width: width.columns, indentation: "  ")
        }
        if let calibration {
            lines += wrapped(
                "calibrated: \(calibration.sentence)", width: width.columns, indentation: "  ")
        }
        lines += [""] + table.lines(width: width) + [""] + totals.lines(width: width)
        return DisplayText(lines: lines)
    }

    private var totals: Table {
        var table = Table([
            ("parameters", .left), (Numbers.grouped(network.parameters), .right),
            ("all trainable", .left),
        ])
        let images = memory.batch == 1 ? "1 image" : "\(Numbers.grouped(memory.batch)) images"
        func bytes(_ label: String, _ count: Int, _ remark: String) {
            table.add([label, Numbers.bytes(count), remark])
        }
        table.add([
            "running statistics", Numbers.grouped(network.runningStatistics), "not trained",
        ])
        table.add(["convolutions", Numbers.grouped(network.convolutions), ""])
        table.add([
            "batch normalisations", Numbers.grouped(network.batchNormalizations), "",
        ])
        table.add(["multiply-adds", Numbers.grouped(network.multiplyAdds), "for one image"])
        table.add(["FLOPs", Numbers.grouped(2 * network.multiplyAdds), "two each"])
        bytes("weights", network.weightByteCount, "as float32")
        bytes("memory to classify", memory.inferenceByteCount, "for \(images) at once, of it")
        bytes("  activations", memory.inference.arenaByteCount, "the planned arena")
        bytes(
            "  weights", memory.inference.weightByteCount + memory.inference.packedWeightByteCount,
            "theirs, and as kernels read them")
        bytes("memory to train", memory.trainingByteCount, "for \(images) at once, of it")
        bytes(
            "  activations", memory.training.arenaByteCount,
            "and their gradients, the planned arena")
        bytes("  gradients", memory.training.gradientByteCount, "of the weights")
        bytes("  optimizer", memory.training.velocityByteCount, "SGD's velocities")
        return table
    }
}

/// The parts of a network in the given columns, or in as many as fit the width.
struct SummaryTable {
    let network: NetworkSummary
    let parts: [NetworkSummary.Part]
    let columns: [SummaryColumn]

    /// The columns that are always shown; those of ``optional`` follow in their order as far as
    /// they fit.
    private static let needed: [SummaryColumn] = [.kernel, .output, .parameters, .macs]
    private static let optional: [SummaryColumn] = [.share, .input, .trainable]

    init(_ network: NetworkSummary, depth: Int, columns: SummaryColumns, width: TextWidth) {
        self.network = network
        let parts = network.parts(depth: depth)
        self.parts = parts
        guard case .chosen(let columns) = columns else {
            var shown = Set(Self.needed)
            var room = width.columns - (parts.map { Self.name($0).count }.max() ?? 0)
            func takes(_ column: SummaryColumn) -> Int {
                let cells = parts.map { Self.text(column, of: $0, in: network).count }
                return 2 + max(column.header.count, cells.max() ?? 0)
            }
            for column in shown { room -= takes(column) }
            for column in Self.optional {
                let needed = takes(column)
                guard needed <= room || !width.isFixed else { continue }
                room -= needed
                shown.insert(column)
            }
            self.columns = SummaryColumn.allCases.filter(shown.contains)
            return
        }
        self.columns = columns
    }

    func lines(width: TextWidth) -> [String] {
        var table = Table([("layer", .left)] + columns.map { ($0.header, $0.alignment) })
        for part in parts {
            table.add([Self.name(part)] + columns.map { Self.text($0, of: part, in: network) })
        }
        return table.lines(width: width)
    }

    /// The name, below its block and stage.
    private static func name(_ part: NetworkSummary.Part) -> String {
        String(repeating: "  ", count: part.level - 1) + part.label
    }

    private static func text(
        _ column: SummaryColumn, of part: NetworkSummary.Part, in network: NetworkSummary
    ) -> String {
        switch column {
        case .kernel: part.kernel ?? ""
        case .input: part.input
        case .output: part.output
        case .parameters: part.parameters > 0 ? Numbers.grouped(part.parameters) : ""
        case .share:
            part.parameters > 0 ? Numbers.fixed(100 * part.share(of: network), decimals: 2) : ""
        case .macs: part.multiplyAdds > 0 ? Numbers.grouped(part.multiplyAdds) : ""
        case .trainable: part.parameters > 0 ? "yes" : ""
        }
    }
}

extension NetworkSummary.Part {
    /// The share of the network's parameters, in `0...1`.
    func share(of network: NetworkSummary) -> Double {
        Double(parameters) / Double(max(network.parameters, 1))
    }
}

extension SummaryColumn {
    /// The column's heading.
    var header: String {
        switch self {
        case .kernel, .input, .output, .parameters, .trainable: rawValue
        case .share: "%"
        case .macs: "multiply-adds"
        }
    }

    var alignment: Table.Alignment {
        switch self {
        case .kernel, .input, .output, .trainable: .left
        case .parameters, .share, .macs: .right
        }
    }
}

/// A summary for documents and spreadsheets: a row for each leaf of the tree, so that each number
/// is counted once.
struct SummaryRows {
    private let network: NetworkSummary
    private let parts: [NetworkSummary.Part]
    private let columns: [SummaryColumn]

    init(_ network: NetworkSummary, depth: Int, columns: SummaryColumns) {
        self.network = network
        parts = network.parts(depth: depth).filter { !$0.isOpen }
        if case .chosen(let chosen) = columns {
            self.columns = chosen
        } else {
            self.columns = SummaryColumn.allCases
        }
    }

    /// RFC 4180 with a line of headers, and numbers as they are; a block's type has commas:
    /// `"B(3,3)"`.
    var csv: DisplayText {
        let header = ["layer"] + columns.map(\.rawValue)
        let rows = parts.map { part in
            [part.name]
                + columns.map { column in
                    switch column {
                    case .parameters: "\(part.parameters)"
                    case .macs: "\(part.multiplyAdds)"
                    case .share: "\(part.share(of: network))"
                    default: plain(column, part)
                    }
                }
        }
        return DisplayText(
            lines: ([header] + rows).map { row in
                row.map { csvField($0) }.joined(separator: ",")
            })
    }

    /// A table of GitHub's Markdown, with the sums in its last row.
    var markdown: DisplayText {
        var rows = [["layer"] + columns.map(\.header)]
        rows.append(
            ["---"] + columns.map { $0.alignment == .right ? "---:" : "---" })
        rows += parts.map { part in
            ["`\(part.name)`"]
                + columns.map { column in
                    switch column {
                    case .parameters: Numbers.grouped(part.parameters)
                    case .macs: Numbers.grouped(part.multiplyAdds)
                    case .share:
                        Numbers.fixed(100 * part.share(of: network), decimals: 2)
                    default: plain(column, part)
                    }
                }
        }
        rows.append(
            ["**all**"]
                + columns.map { column in
                    switch column {
                    case .parameters: "**\(Numbers.grouped(network.parameters))**"
                    case .macs: "**\(Numbers.grouped(network.multiplyAdds))**"
                    case .share: "100.00"
                    case .input: network.input
                    default: ""
                    }
                })
        return DisplayText(lines: rows.map { "| " + $0.joined(separator: " | ") + " |" })
    }

    private func plain(_ column: SummaryColumn, _ part: NetworkSummary.Part) -> String {
        switch column {
        case .kernel: part.kernel ?? ""
        case .input: part.input
        case .output: part.output
        case .trainable: part.parameters > 0 ? "yes" : ""
        case .parameters, .share, .macs: ""
        }
    }
}
