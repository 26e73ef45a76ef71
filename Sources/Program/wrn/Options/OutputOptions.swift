// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The form of the output.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Write JSON, for programs.")
    var json = false
}

/// A column of the summary after the layers' names.
enum SummaryColumn: String, CaseIterable {
    case kernel
    case input
    case output
    case parameters
    case share
    case macs
    case trainable
}

/// The columns of a summary.
enum SummaryColumns: Equatable {
    /// As many as fit the terminal.
    case fitting
    /// These.
    case chosen([SummaryColumn])
    /// The layout of the Python package torchsummary.
    case torchsummary

    /// Reads `all`, `torchsummary` or a list such as `kernel,output,share`.
    ///
    /// - Throws: A `ValidationError` with the valid names.
    init(argument: String) throws {
        switch argument {
        case "torchsummary": self = .torchsummary
        case "all": self = .chosen(SummaryColumn.allCases)
        default:
            self = .chosen(
                try argument.split(separator: ",", omittingEmptySubsequences: false).map { name in
                    guard let column = SummaryColumn(rawValue: String(name)) else {
                        let names = SummaryColumn.allCases.map(\.rawValue)
                        throw ValidationError(
                            "\"\(name)\" is no column; they are \(names.joined(separator: ", ")), "
                                + "all of them are called all, and torchsummary is a layout of "
                                + "its own"
                                + question(
                                    about: String(name), among: names + ["all", "torchsummary"]))
                    }
                    return column
                })
        }
    }
}

/// The format of a summary.
enum SummaryFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case markdown
    case csv
    case json
}
