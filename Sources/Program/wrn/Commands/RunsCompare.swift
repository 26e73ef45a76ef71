// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns

/// `wrn runs compare`: how runs differ, side by side.
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
