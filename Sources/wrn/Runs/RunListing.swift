// SPDX-License-Identifier: Apache-2.0

import WRNTraining

/// What `wrn runs` says.
struct RunListing: Encodable {
    let runs: [RunRow]

    /// A table of the runs, and what is wrong with the damaged ones.
    func text(places: [String], width: Int) -> String {
        guard !runs.isEmpty else {
            return "There are no runs in \(places.joined(separator: ", ")).\n"
        }
        var table = Table([
            ("run", .left), ("network", .left), ("data", .left), ("epochs", .right),
            ("best %", .right), ("last %", .right), ("time", .right), ("state", .left),
        ])
        for row in runs { table.add(cells(row)) }
        let damages = runs.compactMap(\.damage)
        let explanation = damages.isEmpty ? [] : [""] + damages
        return (table.lines(width: width) + explanation).map { $0 + "\n" }.joined()
    }

    private func cells(_ row: RunRow) -> [String] {
        guard let run = row.run else {
            return [row.path, "-", "-", "-", "-", "-", "-", "damaged"]
        }
        return [
            row.path, run.network, Self.short(run.source),
            "\(run.records.count)/\(run.epochs)", Self.percent(run.best?.testAccuracy),
            Self.percent(run.last?.testAccuracy),
            run.records.isEmpty ? "-" : Self.time(run.seconds), run.state.rawValue,
        ]
    }

    /// The name of a data set, or the last part of a path.
    private static func short(_ source: String) -> String {
        let name = source.split(separator: "/").last.map(String.init) ?? source
        return name.count > 13 ? name.prefix(11) + ".." : name
    }

    private static func percent(_ fraction: Double?) -> String {
        fraction.map { Numbers.fixed(100 * $0, decimals: 2) } ?? "-"
    }

    /// A time in at most six characters: `12 s`, `3:05`, `2:10 h`, `4.1 d`.
    private static func time(_ seconds: Double) -> String {
        guard seconds < 1e8 else { return "years" }
        let whole = Int(seconds.rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60):\(two(whole % 60))" }
        if whole < 86_400 { return "\(whole / 3600):\(two(whole / 60 % 60)) h" }
        return Numbers.fixed(seconds / 86_400, decimals: 1) + " d"
    }
}
