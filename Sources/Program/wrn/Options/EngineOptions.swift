// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNKernels
import WRNPlan

/// How a network is run.
struct EngineOptions: ParsableArguments {
    @Option(help: "The images that go through the network at once.")
    var batch = 64

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "How direct convolutions round what they multiply: float32, or bfloat16 where the processor has it; "
                + "also f32, bf16.", valueName: "type"))
    var precision = Precision.float32

    var execution: ExecutionOptions { ExecutionOptions(threads: threads, precision: precision) }

    init() {}

    init(batch: Int, threads: Int?, precision: Precision) {
        self.batch = batch
        self.threads = threads
        self.precision = precision
    }

    func validate() throws {
        try checkOption("--batch", batch, isIn: 1...65_536)
        try checkOption("--threads", threads, isIn: 1...1024)
    }
}
