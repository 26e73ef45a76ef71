// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNText

/// The exit code and the sentence with which the program ends for an error.
///
/// All errors of all commands are converted here.
struct ExitReport: Equatable {
    /// The exit codes of the program.
    enum Code {
        static let success: Int32 = 0
        static let failure: Int32 = 1
        static let usage: Int32 = 2
        /// The code of shells for a program that Ctrl-C ended.
        static let interrupted: Int32 = 130
    }

    let code: Int32
    /// For the standard output: help and version.
    var output: String?
    /// For the standard error: one sentence without the program's name.
    var problem: String?

    /// Chooses the exit code and the sentence for an error.
    init(_ error: any Error) {
        switch error {
        case is CancellationError:
            self.init(code: Code.interrupted, problem: "interrupted")
        case is StandardOutput.Closed:
            self.init(code: Code.success)
        case let exit as ExitCode:
            self.init(code: exit.rawValue)
        default:
            switch WRN.exitCode(for: error) {
            case .success:
                if let problem = CommandTree.unknownHelpTopic(Self.arguments) {
                    self.init(code: Code.usage, problem: problem)
                } else {
                    self.init(code: Code.success, output: WRN.fullMessage(for: error))
                }
            case .validationFailure:
                self.init(code: Code.usage, problem: Self.usage(error))
            default:
                if let problem = CommandTree.misspeltCommand(Self.arguments) {
                    self.init(code: Code.usage, problem: problem)
                } else {
                    self.init(code: Code.failure, problem: Self.sentence(error))
                }
            }
        }
    }

    /// The words of the command line after the program's name.
    private static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

    private init(code: Int32, output: String? = nil, problem: String? = nil) {
        self.code = code
        self.output = output
        self.problem = problem
    }

    /// Writes both, and ends the process.
    func exit() -> Never {
        if let output { try? StandardOutput.write(DisplayText(document: output + "\n")) }
        if let problem { StandardError.write("wrn: error: \(problem)\n") }
        Foundation.exit(code)
    }

    /// The error of a command line, with the command whose help explains it.
    private static func usage(_ error: any Error) -> String {
        // An unknown word comes first: without it the rest of the command line may mean something
        // else.
        if let problem = CommandTree.problem(about: arguments) { return problem }
        let sentence = withExpectation(joined(WRN.message(for: error)))
        // A command's own sentence and a suggestion need no more advice.
        if error is ValidationError || sentence.hasSuffix("?") { return sentence }
        // The parser ends its long message with "See 'wrn summary --help' for more information."
        let last = WRN.fullMessage(for: error).split(separator: "\n").last ?? ""
        let parts = last.split(separator: "'", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[1].hasPrefix("wrn ")
            ? "\(sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence); see '\(parts[1])'"
            : sentence
    }

    /// The parser's sentence about a value in one line, with what it leaves out: that a number was
    /// expected, and the name that was likely meant.
    private static func withExpectation(_ sentence: String) -> String {
        let list = " one of the following: - "
        let sentence =
            sentence.contains(list)
            ? sentence.replacing(list, with: " one of ").replacing(" - ", with: ", ") : sentence
        if let names = sentence.firstRange(of: ". Please provide one of ") {
            return withSuggestion(sentence, names: sentence[names.upperBound...])
        }
        let parts = sentence.split(separator: "'", omittingEmptySubsequences: false)
        guard sentence.hasPrefix("The value '"), parts.count == 5, parts[4].isEmpty else {
            return sentence
        }
        let expected =
            Double(parts[1]) == nil ? "a number" : "a whole number from 0 to \(Int.max)"
        return "\(sentence): expected \(expected)"
    }

    /// `The value 'x' is invalid ...` with a question for the name in the list that is like `x`.
    private static func withSuggestion(_ sentence: String, names: Substring) -> String {
        let start = "The value '"
        guard sentence.hasPrefix(start), let end = sentence.firstRange(of: "' is invalid") else {
            return sentence
        }
        let value = String(sentence.dropFirst(start.count)[..<end.lowerBound])
        let known = names.split(whereSeparator: { ", '.".contains($0) }).map(String.init)
        return NameSuggestions.question(about: value, among: known.filter { $0 != "or" })
            .map { (sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]) + "; " + $0 }
            ?? sentence
    }

    private static func sentence(_ error: any Error) -> String {
        let sentence =
            switch error {
            case let error as any CustomStringConvertible & Error: joined(error.description)
            default: joined(error.localizedDescription)
            }
        return sentence + (OptionAdvice.text(for: error).map { " (\($0))" } ?? "")
    }

    /// Text in one line.
    private static func joined(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .joined(separator: " ")
    }
}
