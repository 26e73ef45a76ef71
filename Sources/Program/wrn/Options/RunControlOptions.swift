// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns

/// What a run's result does not depend on.
struct RunControlOptions: ParsableArguments {
    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Save after so many steps (200) or so much time (90s, 10min, 1h), beside the end of each epoch.",
            valueName: "steps|time"),
        transform: CheckpointPolicy.Interval.init(argument:))
    var checkpointEvery: CheckpointPolicy.Interval?

    @Option(
        help: ArgumentHelp(
            "How many checkpoints to keep; older ones go when a new one is on the disk.",
            valueName: "count"))
    var keepCheckpoints = CheckpointPolicy.usualCount

    @Flag(
        inversion: .prefixedNo,
        help: "Whether to write report.html at the end, a page about the run.")
    var report = true

    @Flag(help: "Write one line of JSON for each event, for programs.")
    var json = false

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption(
            "--keep-checkpoints", keepCheckpoints, isIn: 1...CheckpointPolicy.maximumCount)
    }

    /// When to save, and what to keep.
    var checkpoints: CheckpointPolicy {
        CheckpointPolicy(interval: checkpointEvery, count: keepCheckpoints)
    }
}
