// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNFetch
import WRNText

/// `wrn data`: lists, downloads and inspects data sets.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "List, get and inspect data sets, and look at augmentation.",
        discussion: """
            'wrn data NAME' is 'wrn data get NAME'. Data sets are kept in wide-resnet/datasets in \
            $XDG_CACHE_HOME, or else in ~/.cache. With HF_HUB_OFFLINE=1 none is downloaded.
            """,
        subcommands: [
            DataList.self, DataGet.self, DataInspect.self, DataPreview.self, DataBench.self,
        ],
        defaultSubcommand: DataGet.self)
}

/// `wrn data list`: lists the named data sets.
struct DataList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the data sets that are known by name, and where they are.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        let listings = DatasetCache().listings()
        if output.json { return try StandardOutput.write(jsonText(listings)) }
        var table = Table(
            [
                ("name", .left), ("download", .right), ("what", .left), ("where", .left),
            ], yielding: [2, 3])
        for listing in listings {
            table.add([
                listing.name, Numbers.bytes(listing.downloadByteCount), listing.summary,
                listing.directory ?? (listing.problem == nil ? "not here yet" : "damaged"),
            ])
        }
        let width = Terminal().textWidth
        let problems = listings.compactMap { listing in
            listing.problem.map { "\(listing.name) is damaged: \($0)" }
        }
        try StandardOutput.write(
            DisplayText(
                lines: table.lines(width: width)
                    + problems.flatMap { [""] + wrapped($0, width: width.columns) }))
    }
}

/// `wrn data get`: downloads a data set.
struct DataGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download a data set, or what is missing of it.",
        discussion: """
            Each file is checked against its published digest, one that is in the cache already, \
            too. A download that breaks off goes on where it was when it is started again.
            """)

    @Argument(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")).", valueName: "name"))
    var name: String

    @Option(
        help: ArgumentHelp(
            "Get the files from below this address instead of the official ones.",
            valueName: "address"))
    var mirror: String?

    func validate() throws {
        guard DataSource.knownNames.contains(name) else {
            throw ValidationError(
                "there is no data set \"\(name)\" to get; there are "
                    + DataSource.knownNames.joined(separator: ", ")
                    + question(about: name, among: DataSource.knownNames))
        }
        guard mirror?.hasPrefix("http://") ?? true || mirror?.hasPrefix("https://") ?? true else {
            throw ValidationError("--mirror must begin with http:// or https://")
        }
        guard mirror == nil || !DataSource.isBundled(name) else {
            throw ValidationError(
                "\(name) is part of the program and is not downloaded; leave --mirror out")
        }
    }

    func run() throws {
        var cache = DatasetCache()
        cache.address = mirror.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
        let reporter = DownloadReporter()
        let directory = try DataSource(name, cache: cache).download(progress: reporter.show)
        reporter.end()
        try StandardOutput.write("\(name) is in \(directory ?? cache.directory)\n")
    }
}
