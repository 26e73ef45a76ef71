// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNWorkers

/// Options of commands that several workers can share.
struct WorkerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "With several workers: how long one may be silent before all end, in seconds.",
            valueName: "seconds"))
    var workerTimeout = Workers.usualTimeout

    func validate() throws {
        try checkOption("--worker-timeout", workerTimeout, isIn: 2...86_400)
    }

    /// The workers that this process is one of; alone where no launcher has started it.
    func join() throws(WorkerError) -> any WorkerGroup {
        try Workers.join(timeout: workerTimeout)
    }
}
