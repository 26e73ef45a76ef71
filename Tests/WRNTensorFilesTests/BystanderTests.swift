// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

/// What `torch.load(weights_only=True)` opens beside tensors, and the memory that a pickle may need
/// for.
@Suite("Bystanders of tensors")
struct BystanderTests {
    @Test(
        "attributes, sets, complex and large numbers, byte arrays and layouts are passed over",
        arguments: ["zip-bystanders2", "zip-bystanders4", "legacy-bystanders"])
    func bystanders(name: String) throws {
        let archive = try TensorFile.read(contentsOf: fixture("pytorch/\(name).pth"))
        #expect(archive.entries.map(\.name) == ["w", "marked", "tagged"])
        #expect(try archive.tensor(named: "w").elements == ramp(2))
        #expect(try archive.tensor(named: "marked").elements == ramp(4))
        #expect(try archive.tensor(named: "tagged").elements == ramp(3))
        #expect(archive.metadata == ["mean": "[0.5, 0.25, 0.125]", "std": "[1, 2, 4]"])
    }

    @Test("the list stays closed: a function behind a typed tensor, and other classes, are refused")
    func staysClosed() throws {
        let typed = Pickled.global("torch._tensor", "_rebuild_from_type_v2")
        for (module, name) in [("os", "system"), ("builtins", "eval"), ("builtins", "frozendict")] {
            let pickle =
                typed + Pickled.tuple([Pickled.global(module, name), Pickled.text("id")])
                + Array("R".utf8)
            let error = try refusal([0x80, 2] + pickle + Array(".".utf8))
            #expect(error.code == .unsupportedContent)
            #expect(error.message.contains("\(module).\(name)"))
        }
        // A permitted name, but no function that rebuilds a tensor.
        let size =
            typed
            + Pickled.tuple([
                Pickled.global("torch", "Size"), Pickled.global("torch", "Tensor"), Array(")".utf8),
                Array("}".utf8),
            ]) + Array("R".utf8)
        #expect(try refusal(Pickled.dictionary([("w", size)])).code == .unsupportedContent)
    }

    @Test("an integer that is none is refused, however long")
    func integers() throws {
        #expect(
            try refusal([0x80, 2] + Array("L12x45678901234567890L\n.".utf8)).code
                == .malformedContent)
        let large = Array("L12345678901234567890123L\n".utf8)
        let archive = try HandmadeArchive(pickle: Pickled.dictionary([("n", large)])).read()
        #expect(archive.entries.isEmpty)
    }

    @Test("a pickle whose values need many times the file's size is refused with both numbers")
    func memoryOfValues() throws {
        // Two bytes for a tuple of two; one byte for a remembered value; two for a dictionary in a
        // list.
        let tuples = Array("N".utf8) + (0..<600_000).flatMap { _ in [0x32, 0x86] as [UInt8] }
        let memo = Array("N".utf8) + [UInt8](repeating: 0x94, count: 600_000)
        let dictionaries = [UInt8](repeating: UInt8(ascii: "}"), count: 600_000)
        let items = Array("](".utf8) + dictionaries + [0x65]
        for pickle in [tuples, memo, items] {
            let error = try refusal([0x80, 4] + pickle + Array(".".utf8))
            #expect(error.code == .limitExceeded)
            #expect(error.message.contains("16 times the file"), "\(error.message)")
        }
    }

    @Test("what programs write stays far below: as many small values as bytes allow")
    func usualMemory() throws {
        // A list of small integers in batches, as Python's pickler writes it: the densest of usual
        // content.
        let batch = Array("(".utf8) + (0..<1000).flatMap { [0x4B, UInt8($0 % 200)] } + [0x65]
        let list = Array("]".utf8) + (0..<600).flatMap { _ in batch }
        let archive = try HandmadeArchive(pickle: Pickled.dictionary([("history", list)])).read()
        #expect(archive.entries.isEmpty)
    }

    @Test("one tensor under many long names is refused before the names take the memory")
    func memoryOfNames() throws {
        let tensor =
            Pickled.tensor(Pickled.storage("0", count: 1), shape: [1], strides: [1])
            + [UInt8(ascii: "q"), 1]
        let names = (0..<30_000).flatMap { number in
            Pickled.integer(number) + [UInt8(ascii: "h"), 1] as [UInt8]
        }
        let inner = Array("}(".utf8) + Pickled.text("first") + tensor + names + Array("u".utf8)
        let pickle = Pickled.dictionary([(String(repeating: "a", count: 4000), inner)])
        let error = try refusal(pickle, storages: [[0, 0, 0, 0]])
        #expect(error.code == .limitExceeded)
        #expect(error.message.contains("names need more than"), "\(error.message)")
    }

    private func refusal(
        _ pickle: [UInt8], storages: [[UInt8]] = []
    ) throws -> CheckpointError {
        try #require(throws: CheckpointError.self) {
            _ = try HandmadeArchive(pickle: pickle, storages: storages).read()
        }
    }
}
