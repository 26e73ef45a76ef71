// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNHub

/// `wrn weights get`: downloads weights.
struct WeightsGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Get weights, or verify those that are here already.",
        discussion: """
            Each file is checked against its published digest. A download that breaks off goes on where it was when it is \
            started again.
            """)

    @Argument(
        help: ArgumentHelp(
            """
            The weights: a name of 'wrn weights list', hf:organization/name[@revision][:file] of the Hugging Face hub, or an \
            https address, with #sha256=digits to have it verified.
            """, valueName: "weights"))
    var reference: String

    func run() throws {
        let reporter = DownloadReporter()
        let weights = try WeightsHub().resolve(reference, progress: reporter.show)
        reporter.end()
        guard weights.source != weights.path else {
            throw ValidationError(
                "'\(reference)' is a path and nothing to get; give a name of 'wrn weights list', hf:organization/name or an https address"
            )
        }
        let verified =
            weights.digest.map { "verified: \($0)" } ?? "not verified: no digest is known"
        try StandardOutput.write("\(weights.source) is in \(weights.path) (\(verified))\n")
    }
}
