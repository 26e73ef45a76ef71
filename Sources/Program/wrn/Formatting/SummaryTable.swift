// SPDX-License-Identifier: Apache-2.0

import WRNInspect

/// The parts of a network in the columns that were asked for, or in as many as there is room for.
struct SummaryTable {
    let network: NetworkSummary
    let parts: [NetworkSummary.Part]
    let columns: [SummaryColumn]

    /// What everyone wants to see first; what else has room comes in the order of `optional`.
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
