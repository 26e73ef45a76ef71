// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns

/// Options on which a run's result does not depend.
struct RunControlOptions: ParsableArguments {
    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Save after so many steps (200) or so much time (90s, 10min, 1h), beside the end of "
                + "each epoch.",
            valueName: "steps|time"),
        transform: CheckpointPolicy.Interval.init(argument:))
    var checkpointEvery: CheckpointPolicy.Interval?

    @Option(
        help: ArgumentHelp(
            "How many checkpoints to keep; older ones go when a new one is on the disk.",
            valueName: "count"))
    var keepCheckpoints = CheckpointPolicy.usualCount

    @Option(
        help: ArgumentHelp(
            "Also record loss and learning rate of every so many steps, in steps.jsonl and for "
                + "TensorBoard.",
            valueName: "steps"))
    var logEvery: Int?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether to write report.html at the end, a page about the run.")
    var report = true

    @Flag(help: "Write one line of JSON for each event, for programs.")
    var json = false

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--log-every", logEvery, isIn: 1...1_000_000)
        try checkOption(
            "--keep-checkpoints", keepCheckpoints, isIn: 1...CheckpointPolicy.maximumCount)
    }

    /// The policy for checkpoints.
    var checkpoints: CheckpointPolicy {
        CheckpointPolicy(interval: checkpointEvery, count: keepCheckpoints)
    }
}

extension CheckpointPolicy.Interval {
    /// The units of time, as seconds.
    private static let units = ["s": 1, "min": 60, "m": 60, "h": 3600]
    /// A year: what is longer is a mistake.
    private static let maximumSeconds = 365 * 24 * 3600

    /// Reads a number of steps, `200`, or a time, `90s`, `10min`, `30m` or `1h`.
    ///
    /// - Throws: A `ValidationError` when it is neither, or none that can be.
    init(argument: String) throws {
        let digits = argument.prefix { "0123456789".contains($0) }
        let unit = argument.dropFirst(digits.count)
        guard !digits.isEmpty, unit.isEmpty || Self.units[String(unit)] != nil else {
            throw ValidationError(
                "expected a number of steps or a time in whole s, min or h, for example 200, 90s, "
                    + "10min or 1h"
            )
        }
        guard let seconds = Self.units[String(unit)] else {
            guard let steps = Int(digits), steps >= 1 else {
                throw ValidationError("expected 1 step or more, and at most \(Int.max)")
            }
            self = .steps(steps)
            return
        }
        guard let count = Int(digits), (1...Self.maximumSeconds / seconds).contains(count) else {
            throw ValidationError(
                "expected 1 to \(Self.maximumSeconds / seconds) \(unit), which is a year")
        }
        self = .time(.seconds(count * seconds))
    }
}
