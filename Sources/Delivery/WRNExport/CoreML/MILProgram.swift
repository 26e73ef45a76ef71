// SPDX-License-Identifier: Apache-2.0

import WRNProtobuf

/// One operation of a program, with its arguments and results by name.
struct MILOperation: Hashable, Sendable {
    /// What stands for an argument.
    enum Argument: Hashable, Sendable {
        /// The result of an earlier operation, or an input of the program.
        case name(String)
        /// A constant.
        case value(MILValue)
    }

    /// A name with what it stands for, in the order in which they are written.
    struct Named<Value: Hashable & Sendable>: Hashable, Sendable {
        let name: String
        let value: Value
    }

    /// The operation, such as `conv`.
    let type: String
    /// The arguments.
    var arguments: [Named<Argument>] = []
    /// The results.
    var results: [Named<MILType>]
    /// What a `const` is.
    var constant: MILValue?
}

/// The one function of a program: what it reads, what it gives, and its operations in computing
/// order.
struct MILProgram: Hashable, Sendable {
    /// The set of operations of iOS 15 and macOS 12.
    static let opset = "CoreML5"
    /// The version of the specification that has this set.
    static let specificationVersion = 6

    /// The inputs.
    var inputs: [MILOperation.Named<MILType>] = []
    /// The names of the results that are given out.
    var outputs: [String] = []
    /// The operations.
    var operations: [MILOperation] = []
}

// MARK: Writing

extension MILProgram {
    /// The message `Program`, whose function is `main`.
    var message: ProtobufMessage {
        var block = ProtobufMessage()
        for output in outputs { block.append(output, field: 2) }
        for operation in operations { block.append(operation.message, field: 3) }
        var function = ProtobufMessage()
        for input in inputs { function.append(input.message, field: 1) }
        function.append(Self.opset, field: 2)
        function.append(ProtobufMessage(key: Self.opset, block), field: 3)
        var program = ProtobufMessage()
        program.append(Int64(1), field: 1)
        program.append(ProtobufMessage(key: Self.function, function), field: 2)
        return program
    }

    private static let function = "main"
}

extension MILOperation {
    /// The message `Operation`; its own name is that of its first result.
    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.append(type, field: 1)
        for argument in arguments {
            var binding = ProtobufMessage()
            switch argument.value {
            case .name(let name): binding.append(name, field: 1)
            case .value(let value): binding.append(value.message, field: 2)
            }
            var list = ProtobufMessage()
            list.append(binding, field: 1)
            message.append(ProtobufMessage(key: argument.name, list), field: 2)
        }
        for result in results { message.append(result.message, field: 3) }
        if let constant {
            message.append(ProtobufMessage(key: "val", constant.message), field: 5)
        }
        if let first = results.first {
            let name = MILValue.text(first.name).message
            message.append(ProtobufMessage(key: "name", name), field: 5)
        }
        return message
    }
}

extension MILOperation.Named<MILType> {
    /// The message `NamedValueType`.
    fileprivate var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.append(name, field: 1)
        message.append(value.message, field: 2)
        return message
    }
}

extension ProtobufMessage {
    /// An entry of a map from texts to messages.
    fileprivate init(key: String, _ value: ProtobufMessage) {
        self.init()
        append(key, field: 1)
        append(value, field: 2)
    }
}

// MARK: Reading

extension MILProgram {
    /// The most operations of a program, far above those of any network.
    private static let maximumCount = 1 << 20

    /// Reads a message `Program` with the one function `main` for one set of operations.
    init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        var function: ProtobufField?
        while let field = try reader.next() {
            guard field.number == 2 else { continue }
            guard function == nil else { throw field.error("expected one function, found two") }
            function = try field.entry(Self.function)
        }
        guard let function else { throw field.error("expected a function, found none") }
        var block: ProtobufField?
        var body = try function.message()
        while let field = try body.next() {
            switch field.number {
            case 1: inputs.append(try MILOperation.Named(field))
            case 2:
                let found = try field.text()
                guard found == Self.opset else {
                    throw field.error(
                        "expected the operations of \(Self.opset), found those of \"\(found)\"")
                }
            case 3: block = try field.entry(Self.opset)
            default: break
            }
        }
        guard let block else { throw function.error("expected a block, found none") }
        var lines = try block.message()
        while let field = try lines.next() {
            switch field.number {
            case 2: outputs.append(try field.text())
            case 3:
                guard operations.count < Self.maximumCount else {
                    throw field.error(
                        "expected at most \(Self.maximumCount) operations, found more")
                }
                operations.append(try MILOperation(field))
            default: break
            }
        }
    }
}

extension MILOperation {
    /// Reads a message `Operation`.
    fileprivate init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        var type = ""
        var constant: MILValue?
        var arguments: [Named<Argument>] = []
        var names: Set<String> = []
        var results: [Named<MILType>] = []
        while let field = try reader.next() {
            switch field.number {
            case 1: type = try field.text()
            case 2:
                let (name, value) = try field.entry()
                guard names.insert(name).inserted else {
                    throw field.error("expected one argument \"\(name)\", found two")
                }
                arguments.append(Named(name: name, value: try Argument(value)))
            case 3: results.append(try Named(field))
            case 4: throw field.error("expected an operation without blocks, found a block")
            case 5:
                let (name, value) = try field.entry()
                if name == "val" { constant = try MILValue(value) }
            default: break
            }
        }
        self.init(type: type, arguments: arguments, results: results, constant: constant)
    }
}

extension MILOperation.Argument {
    /// Reads a message `Argument` of one binding.
    fileprivate init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        guard let binding = try reader.next(), binding.number == 1, try reader.next() == nil else {
            throw field.error("expected one value for the argument, found none or several")
        }
        var content = try binding.message()
        switch try content.next() {
        case let name? where name.number == 1: self = .name(try name.text())
        case let value? where value.number == 2: self = .value(try MILValue(value))
        default: throw binding.error("expected a name or a value, found neither")
        }
    }
}

extension MILOperation.Named<MILType> {
    /// Reads a message `NamedValueType`.
    fileprivate init(_ field: ProtobufField) throws(ProtobufError) {
        var reader = try field.message()
        var (name, type): (String, MILType?) = ("", nil)
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.text()
            case 2: type = try MILType(field)
            default: break
            }
        }
        guard let type, !name.isEmpty else {
            throw field.error("expected a name with a type, found one without the other")
        }
        self.init(name: name, value: type)
    }
}

extension ProtobufField {
    /// An entry of a map from texts: its key, and the field with its value.
    func entry() throws(ProtobufError) -> (key: String, value: ProtobufField) {
        var reader = try message()
        var (key, value): (String, ProtobufField?) = ("", nil)
        while let field = try reader.next() {
            switch field.number {
            case 1: key = try field.text()
            case 2: value = field
            default: break
            }
        }
        guard let value else { throw error("expected an entry with a value, found none") }
        return (key, value)
    }

    /// The value of an entry whose key must be this one.
    fileprivate func entry(_ key: String) throws(ProtobufError) -> ProtobufField {
        let (found, value) = try entry()
        guard found == key else { throw error("expected \"\(key)\", found \"\(found)\"") }
        return value
    }

    /// An error at this field.
    func error(_ sentence: String) -> ProtobufError {
        ProtobufError(byteOffset: byteOffset, sentence: sentence)
    }
}
