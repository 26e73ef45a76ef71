// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNHub
import WRNImages
import WRNText

/// `wrn weights`: lists and downloads pretrained weights.
struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights",
        abstract: "List and download pretrained weights.",
        discussion: """
            Weights are kept where huggingface_hub and torch.hub keep them, and found when those \
            fetched them. HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, \
            HF_HUB_OFFLINE and TORCH_HOME are respected.
            """,
        subcommands: [WeightsList.self, WeightsGet.self])
}

/// `wrn weights list`: lists the named pretrained weights.
struct WeightsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the pretrained weights that are known by name, and where they are.",
        discussion: """
            Accuracies are in per cent on ImageNet's validation images, as the publisher states \
            them for the preparation in the list. A terminal of 110 columns, a pipe and a file \
            also get parameters, licence and place. With --json also the addresses and the means; \
            what no publisher states is left out.
            """)

    @OptionGroup var output: OutputOptions

    func run() throws {
        let hub = try WeightsHub()
        let listings = PretrainedWeights.all.map {
            WeightsListing(weights: $0, path: hub.place(of: $0))
        }
        if output.json { return try StandardOutput.write(jsonText(listings)) }
        let width = Terminal().textWidth
        let isWide = !width.isFixed || width.columns >= 110
        var table = Table(
            WeightsListing.columns.filter { isWide || $0.isShort }.map { ($0.header, $0.alignment) }
                + [(isWide ? "where" : "here", .left)],
            yielding: isWide ? [7, 0] : [0])
        for listing in listings {
            let cells = zip(WeightsListing.columns, listing.cells)
                .filter { isWide || $0.0.isShort }.map(\.1)
            table.add(cells + [listing.place(isWide: isWide)])
        }
        try StandardOutput.write(DisplayText(lines: table.lines(width: width)))
    }
}

/// `wrn weights get`: downloads weights.
struct WeightsGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download weights, or verify those that are here already.",
        discussion: """
            Each file is checked against its published digest. A download that breaks off goes on \
            where it was when it is started again.
            """)

    @Argument(
        help: ArgumentHelp(
            """
            The weights: a name of 'wrn weights list', hf:organization/name[@revision][:file] of \
            the Hugging Face hub, or an \
            https address, with #sha256=digits to have it verified.
            """, valueName: "weights"))
    var reference: String

    func run() throws {
        let reporter = DownloadReporter()
        let weights = try WeightsHub().resolve(reference, progress: reporter.show)
        reporter.end()
        guard weights.source != weights.path else {
            throw ValidationError(
                "'\(reference)' is a path and nothing to get; give a name of 'wrn weights list', "
                    + "hf:organization/name or an https address"
            )
        }
        let verified =
            weights.digest.map { "verified: \($0)" } ?? "not verified: no digest is known"
        try StandardOutput.write("\(weights.source) is in \(weights.path) (\(verified))\n")
    }
}

/// Named weights and their local file.
struct WeightsListing: Encodable {
    let weights: PretrainedWeights
    /// The local file; nil if there is none.
    let path: String?

    private enum CodingKeys: CodingKey {
        case path
    }

    func encode(to encoder: any Encoder) throws {
        try weights.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(path, forKey: .path)
    }

    /// The columns before the last one; the short ones fit 80 characters.
    static let columns: [(header: String, alignment: Table.Alignment, isShort: Bool)] = [
        ("name", .left, true), ("parameters", .right, false), ("size", .right, true),
        ("top-1", .right, true), ("top-5", .right, true), ("preparation", .left, true),
        ("licence", .left, false),
    ]

    /// The local path, or in narrow tables whether there is one.
    func place(isWide: Bool) -> String { isWide ? path ?? "-" : path == nil ? "-" : "yes" }

    /// The row's cells before the last one.
    var cells: [String] {
        let best = weights.evaluations[0]
        let preparation = weights.preparation
        return [
            weights.tag, Numbers.grouped(weights.parameterCount),
            weights.approximateByteCount.map(Numbers.bytes) ?? "-",
            Numbers.fixed(best.top1, decimals: 2), Numbers.fixed(best.top5, decimals: 2),
            "\(preparation.scaledHeight)/\(preparation.height) "
                + "\(preparation.interpolation.rawValue)",
            weights.licence ?? "-",
        ]
    }
}
