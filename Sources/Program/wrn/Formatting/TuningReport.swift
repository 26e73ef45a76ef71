// SPDX-License-Identifier: Apache-2.0

import WRNRuns
import WRNText

/// The table of a tuning: its trials, the best first.
struct TuningReport {
    let plan: TuningPlan
    let results: [TuningResult]
    let directory: String

    /// The best trial that has the full length; nil where there is none.
    var best: TuningResult? { results.first.flatMap { $0.state == .finished ? $0 : nil } }

    /// The value of a metric with its name: `accuracy 93.33 %`.
    static func figure(
        _ score: TrialScore, _ metric: TrainingConfiguration.EarlyStopping.Metric
    ) -> String {
        switch metric {
        case .loss: "loss \(Numbers.fixed(-score.value, decimals: 4))"
        case .accuracy, .balancedAccuracy:
            "\(metric.text) \(Numbers.percent(score.value))"
        }
    }

    /// The sentences and the table, for a file.
    func text(width: TextWidth) -> String { display(width: width).description }

    /// The sentences and the table.
    func display(width: TextWidth) -> DisplayText {
        var lines: [String] = []
        if let best, let first = plan.trials.first(where: { $0.number == best.trial }) {
            lines += wrapped(
                "Best of \(Numbers.counted(plan.trials.count, "trial")) of "
                    + "\(plan.request.network) on \(plan.request.data), by the validation "
                    + "\(plan.request.metric.text): trial \(best.trial), \(first.text).",
                width: width.columns)
            lines.append("")
        }
        return DisplayText(lines: lines + table.lines(width: width))
    }

    private var table: Table {
        let names = plan.trials.first?.settings.map(\.name) ?? []
        let isBalanced = plan.request.metric == .balancedAccuracy
        var table = Table(
            [("trial", .right)] + names.map { ($0, .right) }
                + [
                    ("epochs", .right), (isBalanced ? "balanced %" : "accuracy %", .right),
                    ("loss", .right), ("time", .right), ("state", .left),
                ], yielding: names.indices.map { $0 + 1 })
        for result in results {
            let accuracy = isBalanced ? result.balancedAccuracy : result.accuracy
            table.add(
                ["\(result.trial)"] + result.settings.map(\.value.word) + [
                    "\(result.epochs)/\(plan.halving.epochs)",
                    accuracy.map { Numbers.fixed(100 * $0, decimals: 2) } ?? "-",
                    result.loss.map { Numbers.fixed($0, decimals: 4) } ?? "-",
                    result.epochs == 0 ? "-" : Numbers.shortDuration(result.seconds),
                    result.state.rawValue,
                ])
        }
        return table
    }
}

extension TuningReport: Encodable {
    private enum Key: String, CodingKey {
        case directory, network, data, metric, best, rungs, results, fold
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(directory, forKey: .directory)
        try container.encode(plan.request.network, forKey: .network)
        try container.encode(plan.request.data, forKey: .data)
        try container.encode(plan.request.metric, forKey: .metric)
        try container.encode(best?.trial, forKey: .best)
        try container.encode(plan.halving.rungs, forKey: .rungs)
        try container.encode(plan.fold, forKey: .fold)
        try container.encode(results, forKey: .results)
    }
}
