// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `wrn runs`: what runs there are, and how they differ.
struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List training runs, or compare some.",
        usage: """
            wrn runs [DIR ...] [--sort COLUMN] [--json]
            wrn runs compare DIR DIR ... [--epochs] [--json]
            """,
        subcommands: [RunsList.self, RunsCompare.self], defaultSubcommand: RunsList.self)
}
