// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNInspect
import WRNZoo

/// `wrn verify`: checks the paper's tables against the networks.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the paper's tables against the networks, and explain where it errs.",
        usage: "wrn verify [<name>] [--json] [options]",
        discussion: """
            Every row of Tables 1 to 5, 7 and 8 that states a structure or a number of parameters \
            is held against the network built here and against the closed form. Depth is what was \
            counted: all convolutions of a Wide ResNet for small images; for ImageNet and of \
            ResNets those on the longest way, and the linear layer. Numbers in brackets point to \
            notes on the paper's errors and double meanings. With a name only its rows, or, where \
            the paper has none, its graph against the closed form. The exit code is 1 if anything \
            is neither as stated nor as explained.
            """)

    @Argument(help: "The network, for example wrn-28-10 (default: all of the paper).")
    var name: String?

    @Option(
        help:
            """
            The number of classes, with a name (default: the network's own, 10 or for ImageNet \
            1000).
            """
    )
    var classes: Int?

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    @OptionGroup var output: OutputOptions

    /// A row that disagrees with the paper.
    struct Disagreement: Error, CustomStringConvertible {
        let description: String
    }

    func validate() throws {
        guard name != nil || classes == nil else {
            throw ValidationError("--classes needs the name of a network")
        }
        if name == nil, let option = variant.given.first {
            throw ValidationError("\(option) needs the name of a network")
        }
    }

    func run() throws {
        let verification = try verified()
        let report = VerificationReport(verification)
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
        try Self.check(verification)
    }

    /// Throws if a row is neither as stated nor as explained.
    static func check(_ verification: Verification) throws {
        guard !verification.passes else { return }
        let wrong =
            verification.groups.filter { $0.verdict == .disagrees }.map { "Table 1, \($0.label)" }
            + verification.rows.filter { $0.verdict == .disagrees }.map(\.network)
            + verification.errata.filter { !$0.isConfirmed }.map { "note \($0.number)" }
        throw Disagreement(
            description: "neither as the paper states nor as the notes explain: "
                + wrong.joined(separator: ", "))
    }

    private func verified() throws -> Verification {
        guard let name else { return try Verification() }
        do {
            return try Verification(
                Zoo.network(named: name, classes: classes).applying(variant.changes))
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
