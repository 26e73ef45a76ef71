// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNEngine
import WRNGraph

/// The options of `wrn plan` for a step that several workers share.
struct WorkerPlanOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Predict the step of so many workers, each of which computes a part of the batch.",
            valueName: "n"))
    var workers: Int?

    @Option(
        help: ArgumentHelp(
            "The shards of the batch, a power of two (default: as many as workers).",
            valueName: "v"))
    var shards: Int?

    @Option(
        help: ArgumentHelp(
            "What the network between workers carries in each direction, for example 10Gbit "
                + "(default) or 250Mbit.",
            valueName: "rate"),
        transform: NetworkRate.init(argument:))
    var bandwidth: NetworkRate?

    /// Checks the options against each other and the batch.
    ///
    /// - Throws: A `ValidationError` that names what does not suit.
    func check(batch: Int, isTraining: Bool) throws {
        guard let workers else {
            if let other = shards.map({ _ in "--shards" }) ?? bandwidth.map({ _ in "--bandwidth" })
            {
                throw ValidationError("\(other) is of a step of several workers; add --workers N")
            }
            return
        }
        guard isTraining else {
            throw ValidationError("--workers share training steps; add --train")
        }
        try checkPowerOfTwo("--workers", workers)
        let count = shards ?? workers
        guard count.isMultiple(of: workers) else {
            throw ValidationError(
                "--shards must be a multiple of --workers, so that each computes as many; "
                    + "\(count) is none of \(workers)")
        }
        try checkShards(count, batch: batch)
    }

    /// The shards that a step is cut into; nil where no worker shares it.
    var shardCount: Int? { workers.map { shards ?? $0 } }

    /// The prediction from the plan of a shard; nil where no worker shares the step.
    func prediction(_ plan: PlanDescription, _ graph: Graph) -> WorkerPrediction? {
        workers.map { workers in
            WorkerPrediction(
                plan, of: graph, workers: workers, shards: shards ?? workers,
                bitsPerSecond: (bandwidth ?? NetworkRate.usual).bitsPerSecond)
        }
    }
}

/// Checks a number of shards of equal size.
///
/// - Throws: A `ValidationError` when it is no power of two, or does not divide the batch.
func checkShards(_ count: Int, batch: Int) throws {
    try checkPowerOfTwo("--shards", count)
    guard batch.isMultiple(of: count) else {
        throw ValidationError(
            "--batch \(batch) cannot be cut into \(count) shards of equal size; take a multiple "
                + "of \(count)")
    }
}

/// Checks a number of workers or shards.
///
/// - Throws: A `ValidationError` when it is no power of two up to 64.
func checkPowerOfTwo(_ option: String, _ value: Int) throws {
    guard (1...64).contains(value), value & (value - 1) == 0 else {
        throw ValidationError("\(option) must be 1, 2, 4, 8, 16, 32 or 64, not \(value)")
    }
}

/// The rate of a network on the command line: `10Gbit`, `250Mbit`.
struct NetworkRate: Equatable {
    /// That of networks between servers, at least.
    static let usual = NetworkRate(bitsPerSecond: 1e10)

    private static let units = ["kbit": 1e3, "mbit": 1e6, "gbit": 1e9, "tbit": 1e12]

    /// The bits that the network carries in a second.
    let bitsPerSecond: Double

    init(bitsPerSecond: Double) {
        self.bitsPerSecond = bitsPerSecond
    }

    /// Reads a number with a unit.
    ///
    /// - Throws: A `ValidationError` when it is none, or not above 0.
    init(argument: String) throws {
        let digits = argument.prefix { "0123456789.".contains($0) }
        let unit = argument.dropFirst(digits.count).lowercased()
        guard let number = Double(digits), let factor = Self.units[unit], number > 0,
            (1e3...1e15).contains(number * factor)
        else {
            throw ValidationError(
                "expected a rate in kbit, Mbit, Gbit or Tbit a second, for example 10Gbit")
        }
        bitsPerSecond = number * factor
    }

    /// The rate as it is given: `10 Gbit/s`.
    static func text(_ bitsPerSecond: Double) -> String {
        for (factor, name) in [(1e12, "Tbit"), (1e9, "Gbit"), (1e6, "Mbit")]
        where bitsPerSecond >= factor {
            return "\(decimal(bitsPerSecond / factor)) \(name)/s"
        }
        return "\(decimal(bitsPerSecond / 1e3)) kbit/s"
    }

    /// A number without needless zeros.
    private static func decimal(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
