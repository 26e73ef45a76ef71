// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns
import WRNText

/// The output of `wrn runs`.
struct RunListing: Encodable {
    let runs: [RunRow]

    /// A table of the runs, and the errors of the damaged ones.
    ///
    /// - Parameters:
    ///   - places: The searched directories; the path of a single one is left out of the runs'
    ///     names.
    ///   - tags: The tags that the runs have been chosen by.
    func text(places: [String], tags: [String] = [], width: TextWidth) -> DisplayText {
        guard !runs.isEmpty else {
            let kind =
                tags.isEmpty
                ? ""
                : " with the tag\(tags.count == 1 ? "" : "s") "
                    + tags.joined(separator: ", ")
            return "There are no runs\(kind) in \(places.joined(separator: ", ")).\n"
        }
        let place = places.count == 1 ? places[0] : nil
        let lines = table(below: place).lines(width: width)
        let damages = runs.compactMap(\.damage)
        let explanation = damages.isEmpty ? [] : [""] + damages
        return DisplayText(lines: lines + explanation)
    }

    /// The table, in which data and networks are cut before the runs' names are.
    private func table(below place: String?) -> Table {
        // Without any tag there is no column of them.
        let isTagged = runs.contains { !$0.tags.isEmpty }
        var table = Table(
            [
                ("run", .left), ("network", .left), ("data", .left), ("epochs", .right),
                ("best %", .right), ("last %", .right), ("time", .right), ("state", .left),
            ] + (isTagged ? [("tags", .left)] : []), yielding: [2, 1] + (isTagged ? [8] : []) + [0])
        for row in runs {
            let name = Self.name(of: row.path, below: place)
            let tags = isTagged ? [row.tags.isEmpty ? "-" : row.tags.joined(separator: ",")] : []
            guard let run = row.run else {
                table.add([name, "-", "-", "-", "-", "-", "-", "damaged"] + tags)
                continue
            }
            table.add(
                [
                    name, run.network,
                    Self.last(run.source),
                    "\(run.records.count)/\(run.epochs)",
                    Self.percent(run.best?.validationAccuracy),
                    Self.percent(run.lastValidated?.validationAccuracy),
                    run.records.isEmpty ? "-" : Numbers.shortDuration(run.seconds),
                    run.state.rawValue,
                ] + tags)
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
}

/// A run in the list, or the error of a damaged one.
struct RunRow {
    /// The run's directory.
    let path: String
    let result: Result<RunRecord, any Error>
    /// The run's tags, sorted.
    let tags: [String]

    /// Reads the run in a directory.
    init(_ path: String) {
        self.path = path
        result = Result { try RunRecord(readingFrom: path) }
        tags = RunTags.read(from: path)
    }

    init(_ run: RunRecord) {
        path = run.path
        result = .success(run)
        tags = RunTags.read(from: run.path)
    }

    /// The run; nil if it is damaged.
    var run: RunRecord? { try? result.get() }

    /// The error of a damaged run; nil for others.
    var damage: String? {
        if case .failure(let error) = result { "\(error)" } else { nil }
    }
}

extension RunRow: Encodable {
    private enum Key: String, CodingKey {
        case path, network, data, precision, evaluatedSplit, seed, epochs, epochsDone, bestAccuracy,
            bestEpoch,
            lastAccuracy
        case seconds, state, damage, tags
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(path, forKey: .path)
        try container.encode(tags, forKey: .tags)
        guard let run else {
            try container.encode("damaged", forKey: .state)
            try container.encode(damage, forKey: .damage)
            return
        }
        try container.encode(run.network, forKey: .network)
        try container.encode(run.source, forKey: .data)
        try container.encode(
            run.settings.first { $0.key == TrainingSetting.precision.name }?.value.string,
            forKey: .precision)
        try container.encode(run.evaluatedSplit, forKey: .evaluatedSplit)
        try container.encode(UInt64(run.seed), forKey: .seed)
        try container.encode(run.epochs, forKey: .epochs)
        try container.encode(run.records.count, forKey: .epochsDone)
        try container.encode(run.best?.validationAccuracy, forKey: .bestAccuracy)
        try container.encode(run.best?.epoch, forKey: .bestEpoch)
        try container.encode(run.lastValidated?.validationAccuracy, forKey: .lastAccuracy)
        try container.encode(run.seconds, forKey: .seconds)
        try container.encode(run.state, forKey: .state)
    }
}

/// The order of the list; runs without a value come last, equal ones are sorted by name.
enum RunOrder: String, ExpressibleByArgument, CaseIterable {
    case name
    case epochs
    case best
    case last
    case time

    func sorted(_ rows: [RunRow]) -> [RunRow] {
        rows.sorted { first, second in
            switch (value(first), value(second)) {
            case (nil, nil): first.path < second.path
            case (nil, _): false
            case (_, nil): true
            case (let one?, let other?): one == other ? first.path < second.path : one < other
            }
        }
    }

    /// The value by which a row is sorted, ascending.
    private func value(_ row: RunRow) -> Double? {
        switch self {
        case .name: 0
        case .epochs: (row.run?.records.count).map(Double.init)
        case .best: row.run?.best?.validationAccuracy.map { -$0 }
        case .last: row.run?.lastValidated?.validationAccuracy.map { -$0 }
        case .time: row.run?.seconds
        }
    }
}
