// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNHub

/// `wrn weights list`: the pretrained weights that are known by name.
struct WeightsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the pretrained weights that are known by name, and where they are.",
        discussion: """
            Accuracies are in per cent on ImageNet's validation images, as the publisher states them for the preparation in the list. \
            A terminal of 110 columns, a pipe and a file also get parameters, licence and place. With --json also the addresses and the means; what no \
            publisher states is left out.
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
