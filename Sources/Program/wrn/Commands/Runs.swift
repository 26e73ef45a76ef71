// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns

/// `wrn runs`: lists and compares runs.
struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List training runs, or compare some.",
        usage: """
            wrn runs [DIR ...] [--sort COLUMN] [--json]
            wrn runs compare DIR DIR ... [--epochs] [--json]
            """,
        subcommands: [RunsList.self, RunsCompare.self], defaultSubcommand: RunsList.self)
}

/// `wrn runs list`: lists the runs below directories.
struct RunsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the runs in some directories and up to three levels below them.",
        usage: "wrn runs [DIR ...] [--sort COLUMN] [--json]",
        discussion: """
            Epochs are those that are complete, of those that are wanted. Best and last are \
            accuracies on the images that are evaluated after each epoch: the validation images, \
            or the test images where the data has no others. A run is finished, stopped, or in \
            training now. A damaged run is listed with the reason.
            """)

    @Argument(help: ArgumentHelp("Runs, or directories of runs.", valueName: "dir"))
    var directories: [String] = ["runs"]

    @Option(
        help: ArgumentHelp(
            "The order of the runs: by name, by epochs or time from the fewest, or by the best or "
                + "last accuracy from the highest.",
            valueName: "column"))
    var sort = RunOrder.name

    @OptionGroup var output: OutputOptions

    func run() throws {
        var paths: [String] = []
        for directory in directories {
            for path in try RunRecord.directories(in: directory) where !paths.contains(path) {
                paths.append(path)
            }
        }
        let rows = sort.sorted(paths.map { RunRow($0) })
        if output.json { return try StandardOutput.write(jsonText(RunListing(runs: rows))) }
        try StandardOutput.write(
            RunListing(runs: rows).text(places: directories, width: Terminal().textWidth))
    }
}

/// `wrn runs compare`: shows the differences of runs side by side.
struct RunsCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Show the settings in which runs differ, and their figures, side by side.",
        usage: "wrn runs compare DIR DIR ... [--epochs] [--json]")

    @Argument(help: ArgumentHelp("The directories of two runs or more.", valueName: "dir"))
    var directories: [String]

    @Flag(help: "Show the validation accuracy of each epoch, too.")
    var epochs = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard directories.count >= 2 else {
            throw ValidationError("a comparison needs the directories of 2 runs or more")
        }
    }

    func run() throws {
        let comparison = RunComparison(
            runs: try directories.map(RunRecord.init(readingFrom:)), showsEpochs: epochs)
        try StandardOutput.write(
            output.json
                ? jsonText(comparison) : comparison.text(width: Terminal().textWidth))
    }
}
