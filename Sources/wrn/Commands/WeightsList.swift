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
            With --json also the addresses and the means; what no publisher states is left out.
            """)

    @OptionGroup var output: OutputOptions

    func run() throws {
        let hub = try WeightsHub()
        let listings = PretrainedWeights.all.map {
            WeightsListing(weights: $0, path: hub.place(of: $0))
        }
        if output.json { return try StandardOutput.write(jsonText(listings)) }
        var table = Table(
            [
                ("name", .left), ("parameters", .right), ("size", .right),
                ("top-1", .right), ("top-5", .right), ("preparation", .left), ("licence", .left),
                ("where", .left),
            ], yielding: 7)
        for listing in listings { table.add(listing.cells) }
        try StandardOutput.write(
            table.lines(width: Terminal().width).map { $0 + "\n" }.joined())
    }
}
