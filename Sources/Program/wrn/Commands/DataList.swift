// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData

/// `wrn data list`: the data sets that are known by name.
struct DataList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the data sets that are known by name, and where they are.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let listings = try DatasetCache().listings()
        if output.json { return try StandardOutput.write(jsonText(listings)) }
        var table = Table(
            [
                ("name", .left), ("download", .right), ("what", .left), ("where", .left),
            ], yielding: [2])
        for listing in listings {
            table.add([
                listing.name, Numbers.bytes(listing.downloadByteCount), listing.summary,
                listing.directory ?? "not here yet",
            ])
        }
        try StandardOutput.write(
            DisplayText(lines: table.lines(width: Terminal().textWidth)))
    }
}
