// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNText

/// The program: parses the command line, runs one command, and ends with its exit code.
@main
struct WRN: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wrn",
        abstract: "Build, train, evaluate and use Wide Residual Networks.",
        discussion: """
            Networks are named as in the paper: wrn-28-10, wrn-40-2-b131, wrn-50-2, resnet-110, \
            preact-resnet-164.
            Exit codes: 0 success, 1 failure, 2 usage, 130 interrupted.
            """,
        version: Version.text,
        subcommands: [
            Demo.self, Summary.self, Diagram.self, Compare.self, Verify.self, Train.self,
            Recipes.self, FindLearningRate.self, Finetune.self, Tune.self, Report.self, Runs.self,
            Evaluate.self, Calibrate.self, Predict.self, Explain.self, Features.self, Serve.self,
            Identify.self,
            Convert.self, Export.self, WeightsCommand.self, DataCommand.self, Bench.self, Plan.self,
        ])

    static func main() {
        // A closed pipe, as in `wrn summary wrn-28-10 | head -1`, is an error of the write, not a
        // signal.
        signal(SIGPIPE, SIG_IGN)
        // The same holds for a limit on the size of files (`ulimit -f`).
        signal(SIGXFSZ, SIG_IGN)
        do {
            try OpenFileLimit.check()
            let arguments = Array(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot(CommandTree.joiningNegativeNumbers(arguments))
            try command.run()
        } catch {
            Workers.end(ExitReport(error))
        }
    }
}

/// The program's version.
enum Version {
    static let text = PackageVersion.text
}

/// The path by which the program was started, for the commands that its messages propose.
enum Invocation {
    /// `wrn`, or the path by which it was called, relative to the working directory where that is
    /// shorter.
    static let program = shellWord(
        shortened(
            CommandLine.arguments.first ?? "wrn",
            from: FileManager.default.currentDirectoryPath))

    static func shortened(_ path: String, from directory: String) -> String {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        guard path.hasPrefix(prefix), path.count > prefix.count else { return path }
        let rest = String(path.dropFirst(prefix.count))
        // Without a slash a shell would search PATH.
        return rest.contains("/") ? rest : "./" + rest
    }
}

/// A check that the system lets the program open as many files as it needs.
///
/// The system's libraries need file descriptors, too: without one libdispatch traps.
enum OpenFileLimit {
    /// The most files that a command has open at once, those of the system's libraries included.
    private static let neededCount = 12

    /// The limit is too low.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens that many, and closes them again.
    ///
    /// - Throws: ``Failure`` if the limit is lower.
    static func check() throws(Failure) {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        while descriptors.count < neededCount {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else {
                throw Failure(
                    description:
                        "expected room for \(neededCount) open files, found it for "
                        + "\(descriptors.count) "
                        + "(\(String(cString: strerror(errno)).lowercased())); raise the limit, "
                        + "for example with 'ulimit -n 1024'")
            }
            descriptors += ends
        }
    }
}
