// SPDX-License-Identifier: Apache-2.0

import WRNText
import WRNZoo

/// The summary of several runs that differ in their seeds.
struct SeedReport {
    /// The end of one run.
    struct Result: Encodable {
        let seed: UInt64
        let run: String
        let data: String
        let network: String
        let accuracy: Double
    }

    /// An error that the paper states for the network on the same data.
    struct PaperEntry: Encodable {
        let table: Int
        let label: String
        let error: Double
    }

    let results: [Result]
    let network: String
    let data: String

    /// Nil without a result.
    init?(_ results: [Result]) {
        guard let first = results.first else { return nil }
        self.results = results
        network = first.network
        data = first.data
    }

    /// The test errors in per cent, from the smallest.
    private var errors: [Double] { results.map { 100 * (1 - $0.accuracy) }.sorted() }

    /// The middle error, or the mean of the two in the middle.
    var median: Double {
        let errors = errors
        return (errors[(errors.count - 1) / 2] + errors[errors.count / 2]) / 2
    }

    var mean: Double { errors.reduce(0, +) / Double(errors.count) }

    /// The standard deviation of the runs, with one degree of freedom less; nil for one run.
    var deviation: Double? {
        guard errors.count > 1 else { return nil }
        let mean = mean
        let squares = errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(errors.count - 1)).squareRoot()
    }

    /// The paper's errors for this network on this data set.
    var paper: [PaperEntry] {
        let benchmark = [
            "cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "svhn": "SVHN", "svhn-extra": "SVHN",
        ][data]
        guard let benchmark else { return [] }
        return Paper.rows.filter { $0.network == network }.flatMap { row in
            row.results.filter { $0.benchmark == benchmark }.map {
                PaperEntry(table: row.table, label: row.label, error: $0.error)
            }
        }
    }

    /// The runs, their median, and the paper's figures.
    var text: DisplayText {
        var lines = results.map {
            "seed \($0.seed)  error \(percent(100 * (1 - $0.accuracy)))  \($0.run)"
        }
        let spread = deviation.map { " ± \(Numbers.fixed($0, decimals: 2))" } ?? ""
        lines.append(
            "\(network) on \(data), \(Numbers.counted(results.count, "seed")): median error "
                + "\(percent(median)), mean \(Numbers.fixed(mean, decimals: 2))\(spread) %")
        for entry in paper {
            let difference = median - entry.error
            lines.append(
                "paper, Table \(entry.table), \(entry.label): \(percent(entry.error)); ours is "
                    + "\(Numbers.fixed(abs(difference), decimals: 2)) points "
                    + "\(difference > 0 ? "higher" : "lower")"
            )
        }
        if paper.isEmpty { lines.append("The paper states no error of \(network) on \(data).") }
        return DisplayText(lines: lines)
    }

    private func percent(_ value: Double) -> String {
        Numbers.fixed(value, decimals: 2) + " %"
    }
}

extension SeedReport: Encodable {
    private enum Key: String, CodingKey {
        case network, data, results, medianError, meanError, deviation, paper
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(network, forKey: .network)
        try container.encode(data, forKey: .data)
        try container.encode(results, forKey: .results)
        try container.encode(median, forKey: .medianError)
        try container.encode(mean, forKey: .meanError)
        try container.encode(deviation, forKey: .deviation)
        try container.encode(paper, forKey: .paper)
    }
}
