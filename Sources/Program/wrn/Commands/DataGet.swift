// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData

/// `wrn data get`: downloads a data set.
struct DataGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Download a data set, or what is missing of it.",
        discussion: """
            Each file is checked against its published digest. A download that breaks off goes on where it was when it is \
            started again.
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
