// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNRuns
import WRNText

/// The output of `wrn runs compare`.
struct RunComparison {
    let runs: [RunRecord]
    let showsEpochs: Bool

    /// The widths to which values are cut on a terminal, by the number of runs, unless different
    /// ones would look the same.
    private static let valueWidths = 8...24

    /// The settings in which the runs differ, each with the runs' values in their order; nil where
    /// a run has no such setting.
    var differences: [(key: String, values: [String?])] {
        let settings = runs.map { run in
            Dictionary(
                run.settings.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        let keys = Set(settings.flatMap(\.keys)).sorted(by: RunSetting.precedes)
        return keys.compactMap { key in
            let values = settings.map { $0[key] }
            guard Set(values).count > 1 else { return nil }
            return (key, values.map { $0?.text })
        }
    }

    /// The accuracies of each epoch; nil for runs with fewer epochs.
    var epochs: [(epoch: Int, accuracies: [Double?])] {
        let accuracies = runs.map { run in
            Dictionary(
                run.records.compactMap { record in
                    record.validationAccuracy.map { (record.epoch, $0) }
                }, uniquingKeysWith: { _, last in last })
        }
        return Set(accuracies.flatMap(\.keys)).sorted().map { epoch in
            (epoch, accuracies.map { $0[epoch] })
        }
    }

    /// The split that all runs were evaluated on; `evaluation` where they differ.
    private var split: String {
        let splits = Set(runs.map(\.evaluatedSplit))
        guard splits.count == 1, let split = splits.first else { return "evaluation" }
        return split.adjective
    }

    /// Tables with a column for each run.
    func text(width: TextWidth) -> DisplayText {
        let differences = differences
        var settings = table("setting")
        let keyWidth = (["setting"] + differences.map(\.key)).map(\.count).max() ?? 0
        let room = (width.columns - keyWidth) / runs.count - 2
        let valueWidth = min(max(room, Self.valueWidths.lowerBound), Self.valueWidths.upperBound)
        for difference in differences {
            let values = difference.values.map { $0 ?? "-" }
            settings.add(
                [difference.key]
                    + (width.isFixed ? Table.shortened(values, to: valueWidth) : values))
        }
        var lines = legend + [""]
        lines +=
            differences.isEmpty
            ? ["All settings are the same."] : settings.lines(width: width)
        lines += [""] + figures.lines(width: width)
        if showsEpochs {
            var table = table("\(split) accuracy after epoch")
            for row in epochs {
                table.add(
                    ["\(row.epoch)"] + row.accuracies.map { $0.map { Numbers.percent($0) } ?? "-" })
            }
            lines += [""] + table.lines(width: width)
        }
        return DisplayText(lines: lines)
    }

    /// The letters of the runs, whose paths are too long for columns.
    private var legend: [String] { zip(letters, runs).map { "\($0)  \($1.path)" } }

    private var letters: [String] {
        runs.indices.map { index in
            let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index % 26)))
            return index < 26 ? letter : letter + "\(index / 26 + 1)"
        }
    }

    private func table(_ title: String) -> Table {
        Table([(title, .left)] + letters.map { ($0, .right) })
    }

    private var figures: Table {
        var table = table("figure")
        func add(_ name: String, _ value: (RunRecord) -> String?) {
            table.add([name] + runs.map { value($0) ?? "-" })
        }
        add("epochs complete") { "\($0.records.count)/\($0.epochs)" }
        add("best \(split) accuracy") { $0.best?.validationAccuracy.map { Numbers.percent($0) } }
        add("  after epoch") { $0.best.map { "\($0.epoch)" } }
        add("last \(split) accuracy") {
            $0.lastValidated?.validationAccuracy.map { Numbers.percent($0) }
        }
        add("last \(split) loss") {
            $0.lastValidated?.validationLoss.map { Numbers.fixed($0, decimals: 4) }
        }
        add("last training loss") { $0.last.map { Numbers.fixed($0.trainLoss, decimals: 4) } }
        add("time") { $0.records.isEmpty ? nil : Numbers.duration($0.seconds) }
        add("state") { $0.state.rawValue }
        return table
    }
}

extension RunComparison: Encodable {
    private struct Difference: Encodable {
        let setting: String
        let values: [String?]
    }

    private struct Epoch: Encodable {
        let epoch: Int
        let validationAccuracies: [Double?]
    }

    private enum Key: String, CodingKey {
        case runs, differences, epochs
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(runs.map { RunRow($0) }, forKey: .runs)
        try container.encode(
            differences.map { Difference(setting: $0.key, values: $0.values) },
            forKey: .differences)
        if showsEpochs {
            try container.encode(
                epochs.map { Epoch(epoch: $0.epoch, validationAccuracies: $0.accuracies) },
                forKey: .epochs)
        }
    }
}
