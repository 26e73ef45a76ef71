// SPDX-License-Identifier: Apache-2.0

import WRNPlan

/// The steps of a plan in as many columns as there is room for.
struct PlanTable {
    private struct Column {
        let header: String
        let alignment: Table.Alignment
        /// Columns that nobody can do without have none; of the others those of small ranks get room first.
        let rank: Int?
        let cells: [String]

        var width: Int { (cells + [header]).map(\.count).max() ?? 0 }
    }

    /// The nodes' names give way to other columns down to this width.
    private static let namesWidth = 16
    private static let namesColumn = 1

    private let columns: [Column]
    /// The headers of the columns for which there is no room.
    let hidden: [String]

    init(_ plan: PlanDescription, width: TextWidth) {
        let all = Self.columns(plan)
        var shown = Set(all.indices.filter { all[$0].rank == nil })
        let names = all[Self.namesColumn].width
        var room = width.columns - shown.map { all[$0].width + 2 }.reduce(-2, +)
        room += names - min(names, Self.namesWidth)
        let others = all.indices.compactMap { index in all[index].rank.map { (index, $0) } }
        for (index, _) in others.sorted(by: { $0.1 < $1.1 }) {
            guard all[index].width + 2 <= room || !width.isFixed else { continue }
            room -= all[index].width + 2
            shown.insert(index)
        }
        columns = all.indices.filter { shown.contains($0) }.map { all[$0] }
        hidden = all.indices.filter { !shown.contains($0) }.map { all[$0].header }
    }

    func lines(width: TextWidth) -> [String] {
        var table = Table(columns.map { ($0.header, $0.alignment) }, yielding: [Self.namesColumn])
        for row in columns.first?.cells.indices ?? [].indices {
            table.add(columns.map { $0.cells[row] })
        }
        return table.lines(width: width)
    }

    private static func columns(_ plan: PlanDescription) -> [Column] {
        let total = plan.measuredSeconds ?? 0
        func column(
            _ header: String, _ alignment: Table.Alignment, rank: Int? = nil,
            _ cell: (PlanDescription.Step) -> String
        ) -> Column {
            Column(
                header: header, alignment: alignment, rank: rank, cells: plan.steps.map(cell))
        }
        func milliseconds(_ seconds: Double) -> String {
            Numbers.fixed(1e3 * seconds, decimals: 3)
        }
        var columns = [
            column("#", .right) { "\($0.number)" },
            column("node", .left) { $0.node.isEmpty ? "all" : $0.node },
            column("work", .left) { $0.word },
            column("kernel", .left, rank: 3) { $0.kernel ?? "" },
            column("fused", .left, rank: 1) { $0.fusedWords },
            column("algorithm", .left, rank: 5) { $0.algorithm?.name ?? "" },
            column("cut", .left, rank: 7) { $0.cut },
            column("shape", .left, rank: plan.measuredRuns == nil ? nil : 0) { $0.shape },
            column("offset", .right, rank: 6) { $0.arenaOffset.map(Numbers.grouped) ?? "" },
            column("bytes", .right, rank: 4) { Numbers.grouped($0.byteCount) },
            column("GMAC", .right, rank: 2) { step in
                step.multiplyAdds == 0
                    ? "" : Numbers.fixed(1e-9 * Double(step.multiplyAdds), decimals: 3)
            },
            column("pred ms", .right) { milliseconds($0.predictedSeconds) },
        ]
        guard plan.measuredRuns != nil else { return columns }
        columns += [
            column("ms", .right) { milliseconds($0.measuredSeconds ?? 0) },
            column("%", .right) { step in
                Numbers.fixed(
                    100 * (step.measuredSeconds ?? 0) / max(total, 1e-12), decimals: 1)
            },
            column("GFLOP/s", .right) { step in
                step.effectiveGigaflops.map { Numbers.fixed($0, decimals: 0) } ?? ""
            },
        ]
        return columns
    }
}
