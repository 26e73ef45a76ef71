// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation

/// The program: parses the command line, runs one command, and ends with its exit code.
@main
struct WRN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wrn",
        abstract: "Build, train, evaluate and use Wide Residual Networks.",
        discussion: """
            Networks are named as in the paper: wrn-28-10, wrn-40-2-b131, wrn-50-2, resnet-110, preact-resnet-164.
            Exit codes: 0 success, 1 failure, 2 usage, 130 interrupted.
            """,
        version: Version.text,
        subcommands: [
            Demo.self, Summary.self, Diagram.self, Compare.self, Verify.self, Train.self,
            Recipes.self, FindLearningRate.self, Finetune.self, Report.self, Runs.self,
            Evaluate.self, Predict.self, Features.self, Identify.self, Convert.self,
            WeightsCommand.self, DataCommand.self, Bench.self, Plan.self,
        ])

    static func main() {
        // A reader that goes away, as in `wrn summary wrn-28-10 | head -1`, is seen when writing, not as a signal.
        signal(SIGPIPE, SIG_IGN)
        // So is a limit on the size of files, which `ulimit -f` sets.
        signal(SIGXFSZ, SIG_IGN)
        do {
            try OpenFileLimit.check()
            let arguments = Array(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot(CommandTree.joiningNegativeNumbers(arguments))
            try command.run()
        } catch {
            ExitReport(error).exit()
        }
    }
}
