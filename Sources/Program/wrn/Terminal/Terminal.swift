// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The properties of the terminal behind a stream.
struct Terminal: Equatable {
    /// The colours that may be used.
    enum Colours: Equatable {
        case none
        /// The 256 colours that the value of `TERM` stands for.
        case indexed
        /// 24 bits.
        case full
    }

    /// Whether the stream is a terminal.
    let isInteractive: Bool
    let colours: Colours
    /// The number of columns; 80 if it is unknown.
    let width: Int
    /// The number of lines; 24 if it is unknown, nil if the stream is no terminal.
    let height: Int?

    /// Whether `COLUMNS` sets the width.
    private let isTold: Bool

    /// The width for text: without a terminal and `COLUMNS`, sentences are broken at 80 columns,
    /// and tables are whole.
    var textWidth: TextWidth { TextWidth(columns: width, isFixed: isInteractive || isTold) }

    /// Reads the properties of a stream from the system and the environment.
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

    /// Combines the system's answers with the environment.
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
