// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// What a run's result does not depend on.
struct RunControlOptions: ParsableArguments {
    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Save after so many steps, beside the end of each epoch.", valueName: "steps"))
    var checkpointEvery: Int?

    @Flag(help: "Write one line of JSON for each event, for programs.")
    var json = false

    func validate() throws {
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--checkpoint-every", checkpointEvery, isIn: 1...Int.max)
    }
}
