// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNText

/// The program's commands with their options, decoded from the parser's dump.
struct CommandTree: Decodable {
    /// One command.
    struct Command: Decodable {
        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?
        let defaultSubcommand: String?

        /// The options with their dashes, for example `--lr` and `-o`.
        var options: [(name: String, takesValue: Bool)] {
            (arguments ?? []).flatMap { argument in
                (argument.names ?? []).map {
                    ($0.dashed, argument.kind == "option")
                }
            }
        }
    }

    /// An option, a flag or a positional argument.
    struct Argument: Decodable {
        let kind: String
        let names: [Name]?
    }

    /// A name of an option.
    struct Name: Decodable {
        let kind: String
        let name: String

        var dashed: String { (kind == "short" ? "-" : "--") + name }
    }

    let command: Command

    /// The tree of the whole program; nil if the dump has another form than expected.
    static var program: CommandTree? {
        try? JSONDecoder().decode(CommandTree.self, from: Data(WRN._dumpHelp().utf8))
    }

    /// The commands that a command line begins with, from the root down, and the rest of its words.
    func resolved(
        _ arguments: [String]
    ) -> (path: [Command], rest: ArraySlice<String>) {
        var (path, rest) = ([command], arguments[...])
        while let word = rest.first,
            let next = path[path.count - 1].subcommands?.first(where: { $0.commandName == word })
        {
            path.append(next)
            rest = rest.dropFirst()
        }
        return (path, rest)
    }
}

extension CommandTree {
    /// The command line with negative numbers joined to their options, `--lr -1` as `--lr=-1`, so
    /// that the option's own rule refuses them.
    ///
    /// The parser reads every word that begins with a dash as an option.
    static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
        guard arguments.contains(where: isNegativeNumber), let tree = program else {
            return arguments
        }
        let (path, rest) = tree.resolved(arguments)
        let taking = optionsWithValues(of: path)
        var result = Array(arguments.dropLast(rest.count))
        for argument in rest {
            if isNegativeNumber(argument), let last = result.last, last.hasPrefix("--"),
                taking.contains(last)
            {
                result[result.count - 1] = last + "=" + argument
            } else {
                result.append(argument)
            }
        }
        return result
    }

    private static func isNegativeNumber(_ text: String) -> Bool {
        text.hasPrefix("-") && text.count > 1 && Double(text) != nil
    }

    /// The names of the options of some commands, and of those that they stand for, that take a
    /// value.
    private static func optionsWithValues(of path: [Command]) -> Set<String> {
        let options = path.flatMap { command in
            command.options
                + (command.subcommands?.first { $0.commandName == command.defaultSubcommand }?
                    .options ?? [])
        }
        return Set(options.filter(\.takesValue).map(\.name))
    }

    /// A sentence about the first unknown command or option of a command line, or a negative number
    /// that no option takes; nil if there is none.
    static func problem(about arguments: [String]) -> String? {
        guard let tree = program else { return nil }
        let (path, rest) = tree.resolved(arguments)
        return tree.problem(aboutCommand: rest, of: path)
            ?? tree.problem(aboutOptions: rest, of: path)
            ?? tree.problem(aboutNumbers: rest, of: path)
    }

    /// A sentence about a word that is parsed as an argument and resembles a command, as in `wrn
    /// runs compar`; nil for any other.
    static func misspeltCommand(_ arguments: [String]) -> String? {
        guard let tree = program else { return nil }
        let (path, rest) = tree.resolved(arguments)
        guard path.last?.defaultSubcommand != nil else { return nil }
        return tree.problem(aboutCommand: rest, of: path)
    }

    /// A sentence about the unknown command after `help`, as in `wrn help trian`; nil if there is
    /// none.
    ///
    /// The parser answers it with the help of the whole program.
    static func unknownHelpTopic(_ arguments: [String]) -> String? {
        guard arguments.first == "help", let tree = program else { return nil }
        let (path, rest) = tree.resolved(Array(arguments.dropFirst()))
        return tree.problem(aboutCommand: rest, of: path, takesArguments: false)
    }

    /// - Parameter takesArguments: Whether a word that is like no command is an argument of the
    ///   default subcommand.
    private func problem(
        aboutCommand rest: ArraySlice<String>, of path: [Command], takesArguments: Bool = true
    ) -> String? {
        guard let last = path.last, let commands = last.subcommands, !commands.isEmpty,
            let word = rest.first, !word.hasPrefix("-")
        else { return nil }
        let name = path.map(\.commandName).joined(separator: " ")
        let near = NameSuggestions.near(word, among: commands.map(\.commandName))
        if near.isEmpty, takesArguments, last.defaultSubcommand != nil { return nil }
        return "'\(word)' is no command" + (path.count == 1 ? "" : " of '\(name)'")
            + (near.isEmpty
                ? "; see '\(name) --help'"
                : "; did you mean \(near.map { "'\(name) \($0)'" }.joined(separator: " or "))?")
    }

    private func problem(aboutOptions rest: ArraySlice<String>, of path: [Command]) -> String? {
        let name = path.map(\.commandName).joined(separator: " ")
        var names = path.last?.options.map(\.name) ?? []
        if let command = path.last,
            let usual = command.subcommands?.first(where: {
                $0.commandName == command.defaultSubcommand
            })
        {
            names += usual.options.map(\.name)
        }
        let words = rest.prefix { $0 != "--" }.filter {
            $0.hasPrefix("-") && $0.count > 1 && !Self.isNegativeNumber($0)
        }
        let given = words.map { String($0.prefix { $0 != "=" }) }
        guard let option = given.first(where: { !names.contains($0) }) else { return nil }
        let usual = Self.otherNames[option.lowercased()].flatMap { names.contains($0) ? $0 : nil }
        let near = usual.map { [$0] } ?? NameSuggestions.near(option, among: names)
        let others = all(command).filter { $0.options.contains(option) }.map(\.name)
        let advice =
            if !near.isEmpty {
                "; did you mean \(near.joined(separator: " or "))?"
            } else if !others.isEmpty {
                "; it is an option of \(others.prefix(3).map { "'\($0)'" }.joined(separator: ", "))"
            } else {
                "; see '\(name) --help'"
            }
        return "'\(name)' has no option \(option)\(advice)"
    }

    /// A sentence about a negative number that is the value of no option; nil if there is none.
    ///
    /// The parser reads it as an option that it does not know, and reports a missing argument
    /// instead where it was meant as one.
    private func problem(aboutNumbers rest: ArraySlice<String>, of path: [Command]) -> String? {
        let name = path.map(\.commandName).joined(separator: " ")
        let taking = Self.optionsWithValues(of: path)
        var isTaken = false
        for word in rest.prefix(while: { $0 != "--" }) {
            if Self.isNegativeNumber(word), !isTaken {
                return "'\(name)' has no option \(word), nor an argument that is a negative "
                    + "number; see '\(name) --help'"
            }
            isTaken = taking.contains(word)
        }
        return nil
    }

    /// The names that other programs have for options.
    private static let otherNames = [
        "--learning-rate": "--lr", "--learning_rate": "--lr", "--batch-size": "--batch",
        "--batch_size": "--batch", "-b": "--batch", "--bs": "--batch", "--dataset": "--data",
        "--data-dir": "--data", "--model": "--weights", "--checkpoint": "--weights",
        "--pretrained": "--weights", "--wd": "--weight-decay", "--weight_decay": "--weight-decay",
        "--num-epochs": "--epochs", "--workers": "--threads", "--num-workers": "--threads",
        "--num-threads": "--threads", "--img-size": "--image-size", "--imgsz": "--image-size",
        "--topk": "--top", "--top-k": "--top", "--scheduler": "--schedule",
        "--output-dir": "--run", "--out": "--output",
        "--num-classes": "--classes", "--input-size": "--input",
    ]

    /// All commands by their full names, with the names of their options.
    private func all(_ command: Command, below path: String = "") -> [(
        name: String, options: [String]
    )] {
        let name = path.isEmpty ? command.commandName : path + " " + command.commandName
        return [(name, command.options.map(\.name))]
            + (command.subcommands ?? []).flatMap { all($0, below: name) }
    }
}
