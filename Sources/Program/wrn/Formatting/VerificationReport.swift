// SPDX-License-Identifier: Apache-2.0

import WRNInspect
import WRNText
import WRNZoo

/// The output of `wrn verify`.
struct VerificationReport: Encodable {
    let verification: Verification
    let passes: Bool

    init(_ verification: Verification) {
        self.verification = verification
        passes = verification.passes
    }

    /// The tables, the notes and the verdict, in lines of at most `width` where words are short
    /// enough.
    func text(width: TextWidth) -> DisplayText {
        var lines: [String] = []
        if !verification.groups.isEmpty {
            lines += [title(1)] + groupTable.lines(width: width) + [""]
        }
        for table in Set(verification.rows.map(\.table)).sorted(by: { ($0 ?? 0) < ($1 ?? 0) }) {
            lines += [title(table)]
            lines += rowTable(verification.rows.filter { $0.table == table }).lines(width: width)
            lines.append("")
        }
        for erratum in verification.errata {
            let mark = erratum.isConfirmed ? "" : " (NOT CONFIRMED)"
            lines += wrapped("[\(erratum.number)] \(erratum.title)\(mark)", width: width.columns)
            lines += wrapped(erratum.explanation, width: width.columns, indentation: "    ")
            lines.append("")
        }
        lines += wrapped(sum, width: width.columns)
        return DisplayText(lines: lines)
    }

    private func title(_ table: Int?) -> String {
        guard let table else { return "In no table of the paper" }
        return "Table \(table): \(Paper.titles[table] ?? "")"
    }

    private var groupTable: Table {
        var table = Table(
            [("group", .left), ("paper", .left), ("networks", .right), ("verdict", .left)],
            yielding: [1])
        for group in verification.groups {
            table.add([
                group.label, group.stated, "\(group.networks.count)", group.verdict.word([]),
            ])
        }
        return table
    }

    private func rowTable(_ rows: [Verification.Row]) -> Table {
        var table = Table(
            [
                ("row", .left), ("network", .left), ("depth", .right), ("paper", .right),
                ("parameters", .right), ("verdict", .left),
            ], yielding: [1])
        for row in rows {
            var verdict = row.verdict.word(row.notes)
            if row.closedFormParameters != row.parameters {
                verdict += ", closed form \(Numbers.grouped(row.closedFormParameters))"
            }
            table.add([
                row.label, row.network, "\(row.depth)", row.statedParameters ?? "-",
                Numbers.grouped(row.parameters), verdict,
            ])
        }
        return table
    }

    /// The verdict in a sentence or two.
    private var sum: String {
        let verdicts = verification.groups.map(\.verdict) + verification.rows.map(\.verdict)
        func count(_ verdict: Verification.Verdict) -> Int { verdicts.count { $0 == verdict } }
        var text = "\(Numbers.counted(verdicts.count, "row")): \(count(.agrees)) as stated"
        if count(.explained) > 0 { text += ", \(count(.explained)) otherwise as the notes explain" }
        if count(.disagrees) > 0 { text += ", \(count(.disagrees)) WRONG" }
        let formula = verification.rows.allSatisfy { $0.parameters == $0.closedFormParameters }
        return text + "."
            + (formula
                ? " Parameters were counted in the built graph, and the closed form gives the same."
                : " The graph and the closed form disagree.")
    }
}

extension Verification.Verdict {
    /// The verdict in a word, followed by the numbers of the notes.
    fileprivate func word(_ notes: [Int]) -> String {
        let word =
            switch self {
            case .agrees: "ok"
            case .explained: "see"
            case .disagrees: "WRONG"
            }
        return ([word] + notes.map { "[\($0)]" }).joined(separator: " ")
    }
}
