// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNText

/// `wrn serve`: hands over to the program `wrn-serve`, so that building `wrn` compiles no web
/// server.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify images that arrive over HTTP.",
        usage: "wrn serve [--weights [NAME=]DIR|FILE ...] [--host H] [--port P] [options]",
        discussion: """
            All options are those of wrn-serve, a program of its own beside wrn; 'wrn serve --help' \
            is its help.
            """)

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The options of wrn-serve.", valueName: "option"))
    var options: [String] = []

    /// The program is not there, or cannot be started.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func run() throws {
        let path = Self.program(beside: Bundle.main.executablePath ?? "wrn")
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw Failure(
                description:
                    "\(printable(path)): there is no such program; build it with 'swift build -c "
                    + "release --product wrn-serve', or put it there")
        }
        // What the program ignores would stay ignored in its successor.
        signal(SIGPIPE, SIG_DFL)
        signal(SIGXFSZ, SIG_DFL)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + options).map { strdup($0) }
        words.append(nil)
        execv(path, words)
        throw Failure(
            description:
                "\(printable(path)): cannot be started (\(String(cString: strerror(errno))))")
    }

    /// The path of `wrn-serve` in the directory of a program.
    static func program(beside path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("wrn-serve").path
    }
}
