// SPDX-License-Identifier: Apache-2.0

import WideResNets

/// The command line: a command, perhaps a name, and options with one value each.
struct Arguments {
    let command: String
    let name: String?
    private let options: [String: String]

    init(_ words: ArraySlice<String>) throws {
        guard let command = words.first else { throw Complaint("no command\n\(Contender.usage)") }
        self.command = command
        var rest = words.dropFirst()
        name = rest.first.flatMap { $0.hasPrefix("--") ? nil : $0 }
        if name != nil { rest = rest.dropFirst() }
        var options: [String: String] = [:]
        while let option = rest.popFirst() {
            guard option.hasPrefix("--"), let value = rest.popFirst() else {
                throw Complaint("expected --OPTION VALUE, found \"\(option)\"")
            }
            options[String(option.dropFirst(2))] = value
        }
        self.options = options
    }

    func string(_ option: String) throws -> String {
        guard let value = options[option] else { throw Complaint("--\(option) is missing") }
        return value
    }

    func integer(_ option: String) throws -> Int {
        let text = try string(option)
        guard let value = Int(text), value > 0 else {
            throw Complaint("--\(option) must be a whole number above 0, not \"\(text)\"")
        }
        return value
    }

    /// The threads and instructions to compute with.
    func execution() throws -> ExecutionOptions {
        let set = try options["isa"].map { name in
            guard let set = InstructionSet(rawValue: name) else {
                throw Complaint("--isa must name an instruction set, not \"\(name)\"")
            }
            return set
        }
        guard let precision = Precision(rawValue: options["precision"] ?? "float32") else {
            throw Complaint("--precision must be float32 or bfloat16")
        }
        return ExecutionOptions(
            threads: try integer("threads"), instructionSet: set, precision: precision)
    }

    /// The channels, rows and columns of `--input`.
    func inputShape() throws -> (channels: Int, height: Int, width: Int) {
        let text = try string("input")
        let numbers = text.split(separator: "x").map { Int($0) ?? 0 }
        guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
            throw Complaint("--input must be CxHxW, not \"\(text)\"")
        }
        return (numbers[0], numbers[1], numbers[2])
    }
}
