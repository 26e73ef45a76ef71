// SPDX-License-Identifier: Apache-2.0

import WRNInspect
import WRNText

/// A summary for documents and spreadsheets: a row for each part below which the tree ends, so that each number is counted once.
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

    /// RFC 4180 with a line of headers, and numbers as they are; a block's type has commas: `"B(3,3)"`.
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
