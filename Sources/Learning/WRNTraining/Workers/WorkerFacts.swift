// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNRuns
import WRNWorkers

/// What all workers of a run must have in common, because their results would differ otherwise.
struct WorkerFacts {
    /// The facts in the order in which they are compared: what each is called, and its value.
    private let facts: [(name: String, value: String)]

    /// The facts of this process and of the run as it has it.
    init(
        _ environment: RunEnvironment, _ configuration: TrainingConfiguration,
        _ content: TrainingConfiguration.Data.Content
    ) throws {
        facts = [
            ("the program", environment.program ?? "unknown"),
            ("the program's commit", environment.commit ?? "unknown"),
            ("the vector instructions", environment.instructionSet ?? "none"),
            ("the number of epochs", "\(configuration.epochs)"),
            ("the settings", try configuration.checkpointText()),
            ("the SHA-256 of the training images", content.train),
            (
                "the SHA-256 of the \(configuration.data.evaluatedSplit.adjective) images",
                content.validation
            ),
        ]
    }

    /// Compares the facts of all workers with those of the first.
    ///
    /// - Throws: A `WorkerError` with the code `mismatch`, the same on all workers.
    func checkSame(in group: any WorkerGroup) throws(WorkerError) {
        guard group.size > 1 else { return }
        // Values are on lines of their own; none of them has a line break.
        let own = facts.map(\.value).joined(separator: "\n")
        let all = try group.gather(Array(own.utf8)).map { bytes in
            String(decoding: bytes, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
        for (rank, values) in all.enumerated() {
            for (index, fact) in facts.enumerated() {
                let (expected, found) = (
                    all[0].indices.contains(index) ? all[0][index] : "nothing",
                    values.indices.contains(index) ? values[index] : "nothing"
                )
                guard expected != found else { continue }
                throw WorkerError(
                    .mismatch,
                    "\(group.name(of: rank)): expected \(fact.name) of "
                        + "\(group.name(of: 0)), \(expected), found \(found); give all workers the "
                        + "same program, data and settings, on processors with the same "
                        + "instructions")
            }
        }
    }
}
