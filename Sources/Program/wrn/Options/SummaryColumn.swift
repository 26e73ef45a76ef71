// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A column of the summary beside the layers' names.
enum SummaryColumn: String, CaseIterable {
    case kernel
    case input
    case output
    case parameters
    case share
    case macs
    case trainable
}

/// Which columns a summary has.
enum SummaryColumns: Equatable {
    /// As many as the terminal has room for.
    case fitting
    /// These.
    case chosen([SummaryColumn])
    /// The layout that users of torchsummary know.
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
                            "\"\(name)\" is no column; they are \(names.joined(separator: ", ")), all of them are called "
                                + "all, and torchsummary is a layout of its own"
                                + question(
                                    about: String(name), among: names + ["all", "torchsummary"]))
                    }
                    return column
                })
        }
    }
}

/// How a summary is written.
enum SummaryFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case markdown
    case csv
    case json
}
