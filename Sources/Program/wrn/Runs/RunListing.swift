// SPDX-License-Identifier: Apache-2.0

import WRNRuns

/// What `wrn runs` says.
struct RunListing: Encodable {
    let runs: [RunRow]

    /// A table of the runs, and what is wrong with the damaged ones.
    ///
    /// - Parameter places: Where they were looked for; of a single place, its path is left out of theirs.
    func text(places: [String], width: TextWidth) -> DisplayText {
        guard !runs.isEmpty else {
            return "There are no runs in \(places.joined(separator: ", ")).\n"
        }
        let place = places.count == 1 ? places[0] : nil
        let lines = table(below: place).lines(width: width)
        let damages = runs.compactMap(\.damage)
        let explanation = damages.isEmpty ? [] : [""] + damages
        return DisplayText(lines: lines + explanation)
    }

    /// The table, in which data and networks give way before the runs' own names do.
    private func table(below place: String?) -> Table {
        var table = Table(
            [
                ("run", .left), ("network", .left), ("data", .left), ("epochs", .right),
                ("best %", .right), ("last %", .right), ("time", .right), ("state", .left),
            ], yielding: [2, 1, 0])
        for row in runs {
            let name = Self.name(of: row.path, below: place)
            guard let run = row.run else {
                table.add([name, "-", "-", "-", "-", "-", "-", "damaged"])
                continue
            }
            table.add([
                name, run.network,
                Self.last(run.source),
                "\(run.records.count)/\(run.epochs)", Self.percent(run.best?.validationAccuracy),
                Self.percent(run.last?.validationAccuracy),
                run.records.isEmpty ? "-" : Self.time(run.seconds), run.state.rawValue,
            ])
        }
        return table
    }

    private static func name(of path: String, below place: String?) -> String {
        guard let place, path != place else { return path }
        let prefix = place.hasSuffix("/") ? place : place + "/"
        return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }

    /// The name of a data set, or the last part of a path.
    private static func last(_ source: String) -> String {
        source.split(separator: "/").last.map(String.init) ?? source
    }

    private static func percent(_ fraction: Double?) -> String {
        fraction.map { Numbers.fixed(100 * $0, decimals: 2) } ?? "-"
    }

    /// A time in at most six characters: `12 s`, `3:05`, `2:10 h`, `4.1 d`.
    private static func time(_ seconds: Double) -> String {
        guard seconds < 1e8 else { return "years" }
        let whole = Int(max(seconds, 0).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60):\(two(whole % 60))" }
        if whole < 86_400 { return "\(whole / 3600):\(two(whole / 60 % 60)) h" }
        return Numbers.fixed(seconds / 86_400, decimals: 1) + " d"
    }
}
