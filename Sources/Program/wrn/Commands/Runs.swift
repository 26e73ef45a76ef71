// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNRuns
import WRNText

/// `wrn runs`: lists, compares, tags and removes runs.
struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List training runs, compare, tag or remove some.",
        usage: """
            wrn runs [DIR ...] [--sort COLUMN] [--tag TAG] [--json]
            wrn runs compare DIR DIR ... [--epochs] [--json]
            wrn runs tag DIR [TAG ...] [--remove]
            wrn runs remove DIR ... [--yes]
            """,
        subcommands: [RunsList.self, RunsCompare.self, RunsTag.self, RunsRemove.self],
        defaultSubcommand: RunsList.self)
}

/// `wrn runs list`: lists the runs below directories.
struct RunsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the runs in some directories and up to three levels below them.",
        usage: "wrn runs [DIR ...] [--sort COLUMN] [--tag TAG] [--json]",
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

    @Option(
        name: .customLong("tag"),
        help: ArgumentHelp(
            "List only runs with this tag ('wrn runs tag'); given several times, with all of them.",
            valueName: "tag"))
    var tags: [String] = []

    @OptionGroup var output: OutputOptions

    func run() throws {
        var paths: [String] = []
        for directory in directories {
            for path in try RunRecord.directories(in: directory) where !paths.contains(path) {
                paths.append(path)
            }
        }
        let rows = sort.sorted(paths.map { RunRow($0) })
            .filter { Set(tags).isSubset(of: $0.tags) }
        if output.json { return try StandardOutput.write(jsonText(RunListing(runs: rows))) }
        try StandardOutput.write(
            RunListing(runs: rows).text(
                places: directories, tags: tags, width: Terminal().textWidth))
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

/// `wrn runs tag`: gives a run tags.
struct RunsTag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Give a run tags, or take some from it, and show them.",
        usage: "wrn runs tag DIR [TAG ...] [--remove]",
        discussion: """
            A tag is a word, such as baseline or to-keep. Tags are kept in the run's tags.txt, one \
            a line; 'wrn runs' shows them, and 'wrn runs --tag TAG' lists the runs that have one.
            """)

    @Argument(help: ArgumentHelp("The directory of the run.", valueName: "dir"))
    var directory: String

    @Argument(help: ArgumentHelp("The tags; without any, those of the run are shown."))
    var tags: [String] = []

    @Flag(help: "Take these tags from the run.")
    var remove = false

    func validate() throws {
        if let problem = tags.lazy.compactMap({ RunTags.problem($0) }).first {
            throw ValidationError(problem)
        }
        if remove, tags.isEmpty {
            throw ValidationError("--remove takes tags from the run; name them")
        }
    }

    func run() throws {
        let left = try RunTags.change(
            in: directory, adding: remove ? [] : tags, removing: remove ? tags : [])
        try StandardOutput.write(DisplayText(lines: left))
    }
}

/// `wrn runs remove`: removes runs, after a question.
struct RunsRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove runs with all that is in their directories, after a question.",
        usage: "wrn runs remove DIR ... [--yes]",
        discussion: """
            A directory that holds no run, a link to one, a run in training, and one with other \
            runs inside are refused, and then nothing is removed. Links in a run are removed, not \
            what they lead to.
            """)

    @Argument(help: ArgumentHelp("The directories of the runs.", valueName: "dir"))
    var directories: [String]

    @Flag(help: "Remove without a question.")
    var yes = false

    func run() throws {
        var removals: [RunRemoval] = []
        for directory in directories {
            // A directory that is named twice is locked already.
            if removals.contains(where: { Train.isSamePlace($0.path, directory) }) { continue }
            removals.append(try RunRemoval.prepare(directory))
        }
        if !yes, try !isConfirmed(removals) {
            try StandardOutput.write("Nothing is removed.\n")
            return
        }
        var freed = 0
        for removal in removals {
            freed += try removal.remove()
            try StandardOutput.write("removed \(removal.path)\n")
        }
        try StandardOutput.write("\(Numbers.bytes(freed)) are free\n")
    }

    /// Shows the runs and asks for an answer on the terminal.
    private func isConfirmed(_ removals: [RunRemoval]) throws -> Bool {
        for removal in removals {
            try StandardOutput.write(DisplayText(lines: Self.lines(removal)))
        }
        guard Terminal(descriptor: STDIN_FILENO).isInteractive else {
            throw ValidationError(
                "removing asks first, and the standard input is no terminal; give --yes")
        }
        let what =
            removals.count == 1 ? "this run" : "these \(Numbers.grouped(removals.count)) runs"
        StandardError.write("Remove \(what)? [y/N] ")
        let answer = (readLine() ?? "").lowercased()
        return ["y", "yes"].contains(answer)
    }

    /// What a removal takes away.
    private static func lines(_ removal: RunRemoval) -> [String] {
        let run =
            removal.record.map { record in
                "\(record.network) on \(record.source), \(record.records.count) of "
                    + Numbers.counted(record.epochs, "epoch")
            } ?? "a damaged run"
        let tags = RunTags.read(from: removal.path)
        var lines = [
            "\(removal.path): \(run), \(Numbers.counted(removal.fileCount, "file")), "
                + "\(Numbers.bytes(removal.byteCount))"
                + (tags.isEmpty ? "" : ", tagged \(tags.joined(separator: ", "))")
        ]
        if !removal.otherNames.isEmpty {
            let shown = removal.otherNames.prefix(5).joined(separator: ", ")
            let more = removal.otherNames.count - 5
            lines.append(
                "  with what is no part of a run: \(shown)" + (more > 0 ? " and \(more) more" : ""))
        }
        return lines
    }
}
