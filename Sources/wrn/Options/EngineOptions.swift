// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNPlan

/// How a network is run.
struct EngineOptions: ParsableArguments {
    @Option(help: "The images that go through the network at once.")
    var batch = 64

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    var execution: ExecutionOptions { ExecutionOptions(threads: threads) }

    init() {}

    init(batch: Int, threads: Int?) {
        self.batch = batch
        self.threads = threads
    }

    func validate() throws {
        try checkOption("--batch", batch, isIn: 1...65_536)
        try checkOption("--threads", threads, isIn: 1...1024)
    }
}
