// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the program knows of the terminal behind a stream.
struct Terminal: Equatable {
    /// The colours that may be used.
    enum Colours: Equatable {
        case none
        /// The 256 colours that `TERM` promises.
        case indexed
        /// 24 bits.
        case full
    }

    /// Whether a person looks at the stream.
    let isInteractive: Bool
    let colours: Colours
    /// The number of columns; 80 where nobody says.
    let width: Int
    /// The number of lines; 24 where nobody says, nil where no person looks.
    let height: Int?

    /// Whether the environment says how many columns there are, although no terminal is there.
    private let isTold: Bool

    /// The room for text: where neither a terminal nor `COLUMNS` says the width, sentences are broken as if there were 80 columns, and
    /// tables are whole.
    var textWidth: TextWidth { TextWidth(columns: width, isFixed: isInteractive || isTold) }

    /// Asks the system about a stream, and the environment about colours.
    init(
        descriptor: Int32 = STDOUT_FILENO,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        var size = winsize()
        let isInteractive = isatty(descriptor) == 1
        let known = isInteractive && ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
        self.init(
            isInteractive: isInteractive, systemWidth: known ? Int(size.ws_col) : 0,
            systemHeight: known ? Int(size.ws_row) : 0, environment: environment)
    }

    /// Decides from what the system said.
    init(
        isInteractive: Bool, systemWidth: Int, systemHeight: Int = 0,
        environment: [String: String]
    ) {
        func size(_ system: Int, _ variable: String, _ usual: Int) -> Int {
            let said = environment[variable].flatMap { Int($0) } ?? 0
            return [system, said].first { (1...10_000).contains($0) } ?? usual
        }
        self.isInteractive = isInteractive
        isTold = size(0, "COLUMNS", 0) > 0
        width = size(systemWidth, "COLUMNS", 80)
        height = isInteractive ? size(systemHeight, "LINES", 24) : nil
        colours = isInteractive ? Self.colours(environment) : .none
    }

    /// - Reference: https://no-color.org
    private static func colours(_ environment: [String: String]) -> Colours {
        let term = environment["TERM"] ?? ""
        if !(environment["NO_COLOR"] ?? "").isEmpty || term.isEmpty || term == "dumb" {
            return .none
        }
        if ["truecolor", "24bit"].contains(environment["COLORTERM"]) || term.hasSuffix("-direct") {
            return .full
        }
        return term.contains("256color") ? .indexed : .none
    }
}
