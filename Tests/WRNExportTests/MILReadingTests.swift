// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNProtobuf

@testable import WRNExport

@Suite("Programs of Core ML from outside")
struct MILReadingTests {
    /// Writes a program of one operation with these arguments, and reads it again.
    private func program(arguments names: [String]) throws -> MILProgram {
        let operation = MILOperation(
            type: "relu",
            arguments: names.map {
                MILOperation.Named(name: $0, value: MILOperation.Argument.name("x"))
            }, results: [])
        var message = ProtobufMessage()
        message.append(MILProgram(operations: [operation]).message, field: 1)
        var reader = ProtobufReader(message.bytes[...])
        let field = try reader.next()
        return try MILProgram(#require(field))
    }

    @Test("with an argument twice are refused")
    func repeatedArgument() throws {
        let operations = try program(arguments: ["a", "b"]).operations
        #expect(operations.map { $0.arguments.map(\.name) } == [["a", "b"]])
        let error = #expect(throws: ProtobufError.self) {
            try program(arguments: ["a", "b", "a"])
        }
        #expect(error?.sentence == "expected one argument \"a\", found two")
    }

    @Test("are read in a time that grows with their size, however many arguments there are")
    func manyArguments() throws {
        func time(_ count: Int) throws -> Duration {
            let names = (0..<count).map { "argument \($0)" }
            return try ContinuousClock().measure {
                let program = try program(arguments: names)
                #expect(program.operations.count == 1)
            }
        }
        _ = try time(100)
        // Comparing each with all before it would take 64 times as long; on a busy machine one
        // measurement may be of others' work.
        let isLinear = try (0..<3).contains { _ in
            try time(48_000) < time(6000) * 24 + .milliseconds(200)
        }
        #expect(isLinear)
    }

    /// The message of a value that is a list within a list, so many times.
    private func nestedList(depth: Int) -> ProtobufMessage {
        var value = MILValue.text("x").message
        for _ in 0..<depth {
            var list = ProtobufMessage()
            list.append(value, field: 1)
            var immediate = ProtobufMessage()
            immediate.append(list, field: 3)
            value = ProtobufMessage()
            value.append(MILType.texts(1).message, field: 2)
            value.append(immediate, field: 3)
        }
        return value
    }

    @Test("have lists of texts, and no list within a list, however deep it goes")
    func nestedLists() throws {
        func value(depth: Int) throws -> MILValue {
            var message = ProtobufMessage()
            message.append(nestedList(depth: depth), field: 1)
            var reader = ProtobufReader(message.bytes[...])
            let field = try reader.next()
            return try MILValue(#require(field))
        }
        #expect(try value(depth: 0) == .text("x"))
        #expect(try value(depth: 1) == .texts(["x"]))
        // The last is deeper than the stack of a thread.
        for depth in [2, 3, 8000] {
            let error = #expect(throws: ProtobufError.self) { try value(depth: depth) }
            #expect(error?.sentence == "expected a text in the list, found a list")
        }
    }

    @Test("have no tensor whose extents overflow, though one is zero")
    func extents() {
        let large = 1 << 31
        #expect(MILType.tensor(.float32, [2, 3]).elementCount == 6)
        #expect(MILType.tensor(.float32, [0, 3]).elementCount == 0)
        #expect(MILType.tensor(.float32, [0, large, large, large]).elementCount == nil)
    }
}
