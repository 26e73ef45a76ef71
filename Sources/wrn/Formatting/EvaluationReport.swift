// SPDX-License-Identifier: Apache-2.0

import WRNInference

/// What `wrn evaluate` says about a model.
struct EvaluationReport {
    let architecture: String
    let data: String
    let seconds: Double
    let evaluation: Evaluation

    var imagesPerSecond: Double { Double(evaluation.count) / max(seconds, 1e-9) }

    /// The totals, and a row for each class.
    func text(width: Int) -> String {
        let totals = [
            "\(architecture) on \(data), \(Numbers.grouped(evaluation.count)) test images",
            "",
            "accuracy  \(Numbers.percent(evaluation.accuracy))",
            "error     \(Numbers.percent(evaluation.error))",
            "loss      \(Numbers.fixed(evaluation.loss, decimals: 4))",
            "speed     \(Numbers.fixed(imagesPerSecond, decimals: 0)) images/s",
        ]
        let leftOut =
            evaluation.broken.isEmpty
            ? [] : ["left out  \(Numbers.counted(evaluation.broken.count, "file"))"]
        return (totals + leftOut + [""] + table.lines(width: width)).map { $0 + "\n" }.joined()
    }

    private var table: Table {
        var table = Table([
            ("class", .left), ("images", .right), ("right", .right), ("accuracy", .right),
        ])
        for row in evaluation.classes {
            table.add([
                row.name, Numbers.grouped(row.count), Numbers.grouped(row.correct),
                row.accuracy.map(Numbers.percent) ?? "-",
            ])
        }
        return table
    }
}

extension EvaluationReport: Encodable {
    private enum Key: String, CodingKey {
        case architecture, data, count, correct, accuracy, error, loss, seconds, imagesPerSecond
        case classes, broken
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(data, forKey: .data)
        try container.encode(evaluation.count, forKey: .count)
        try container.encode(evaluation.correct, forKey: .correct)
        try container.encode(evaluation.accuracy, forKey: .accuracy)
        try container.encode(evaluation.error, forKey: .error)
        try container.encode(evaluation.loss, forKey: .loss)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(imagesPerSecond, forKey: .imagesPerSecond)
        try container.encode(evaluation.classes, forKey: .classes)
        try container.encode(evaluation.broken, forKey: .broken)
    }
}
