// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

/// Element i of the fixtures' tensors.
func ramp(_ count: Int, from first: Int = 0) -> [Float] {
    (first..<first + count).map { Float($0) / 4 - 1 }
}

@Suite("Files of PyTorch")
struct PyTorchFixtureTests {
    private func open(_ name: String) throws -> TensorArchive {
        try TensorFile.read(contentsOf: fixture("pytorch/\(name)"))
    }

    @Test(
        "both formats are read in every protocol of pickles", arguments: 1...5, ["zip", "legacy"])
    func readsProtocols(version: Int, format: String) throws {
        let archive = try open("\(format)-protocol\(version).pth")
        #expect(archive.format == (format == "zip" ? .pytorch : .pytorchLegacy))
        #expect(
            archive.entries.map(\.name) == ["conv.weight", "bn.bias", "bn.num_batches_tracked"])
        #expect(
            try archive.tensor(named: "conv.weight")
                == Tensor(shape: [2, 1, 3, 3], elements: ramp(18)))
        #expect(try archive.tensor(named: "bn.bias") == Tensor(shape: [4], elements: ramp(4)))
        #expect(archive["bn.num_batches_tracked"]?.shape == [])
        #expect(try archive.integers(named: "bn.num_batches_tracked") == [7])
    }

    @Test("every element type is read", arguments: ["zip", "legacy"])
    func readsTypes(format: String) throws {
        let archive = try open("\(format)-types.pth")
        #expect(archive.entries.count == 10)
        for name in ["F32", "F16", "BF16", "F64"] {
            #expect(archive[name]?.elementType.rawValue == name)
            #expect(try archive.tensor(named: name).elements == ramp(5))
        }
        for name in ["I64", "I32", "I16", "I8", "U8"] {
            #expect(archive[name]?.elementType.rawValue == name)
            #expect(try archive.integers(named: name) == [0, 1, 2, 3, 4])
        }
        #expect(try archive.integers(named: "BOOL") == [1, 0, 1])
    }

    @Test("views of a shared storage are read as what they show", arguments: ["zip", "legacy"])
    func readsViews(format: String) throws {
        let archive = try open("\(format)-views.pth")
        let base = ramp(24)
        func elements(_ rows: some Sequence<Int>, _ columns: some Sequence<Int>) -> [Float] {
            rows.flatMap { row in columns.map { base[6 * row + $0] } }
        }
        let expected: [(String, TensorShape, [Float])] = [
            ("base", [4, 6], base), ("same", [4, 6], base),
            ("transposed", [6, 4], (0..<6).flatMap { elements(0..<4, [$0]) }),
            ("row", [6], elements([1], 0..<6)), ("column", [4], elements(0..<4, [2])),
            ("inner", [2, 3], elements(1..<3, 2..<5)),
            ("stepped", [2, 2], elements([0, 2], [0, 3])), ("scalar", [], elements([3], [5])),
            ("empty", [0, 6], []),
        ]
        for (name, shape, elements) in expected {
            #expect(
                try archive.tensor(named: name) == Tensor(shape: shape, elements: elements),
                "\(name)")
        }
        let bytes = try archive.bytes(of: "column")
        #expect(
            bytes
                == ramp(24).enumerated().filter { $0.offset % 6 == 2 }
                .flatMap { element in
                    (0..<4).map {
                        UInt8(truncatingIfNeeded: element.element.bitPattern >> (8 * $0))
                    }
                })
    }

    @Test(
        "a training program's checkpoint gives its tensors, and its numbers as metadata",
        arguments: ["zip", "legacy"])
    func readsCheckpoint(format: String) throws {
        let archive = try open("\(format)-checkpoint.tar")
        #expect(
            archive.entries.map(\.name) == [
                "state_dict.conv.weight", "state_dict.bn.bias", "state_dict.bn.num_batches_tracked",
                "optimizer.state.0.momentum_buffer", "other.kept.0", "parameter",
            ])
        #expect(try archive.tensor(named: "other.kept.0").elements == ramp(2))
        #expect(
            archive.metadata == [
                "epoch": "12", "best_acc": "95.5", "arch": "wrn", "resumed": "true",
            ])
    }

    @Test("a GPU's storages are read, those of big-endian machines, and a file that is one tensor")
    func readsOtherMachines() throws {
        #expect(try open("legacy-cuda.pth").tensor(named: "bn.bias").elements == ramp(4))
        let big = try open("zip-bigendian.pth")
        #expect(try big.tensor(named: "a").elements == ramp(3))
        #expect(try big.integers(named: "b") == [0, 1, 2])
        #expect(try big.tensor(named: "c").elements == ramp(3))
        #expect(try open("tensor.pth").tensor(named: "tensor").shape == [2, 2])
    }

    @Test("a file from before 1.6 is little-endian, whatever byte order its machine had")
    func ignoresMachineOfOldFiles() throws {
        var bytes = try contents(of: fixture("pytorch/legacy-protocol2.pth"))
        let name = Array("little_endian".utf8)
        let place = try #require(
            bytes.indices.first { bytes[$0...].starts(with: name) })
        let flag = try #require(bytes[place...].firstIndex(of: 0x88))
        bytes[flag] = 0x89
        let archive = try TensorFile.read(bytes, named: "big.pth")
        #expect(try archive.tensor(named: "bn.bias").elements == ramp(4))
        #expect(try archive.integers(named: "bn.num_batches_tracked") == [7])
    }

    @Test("programs are refused: whole modules and TorchScript")
    func refusesPrograms() throws {
        let module = #expect(throws: CheckpointError.self) { try open("module.pth") }
        #expect(module?.code == .unsupportedContent)
        #expect(module?.message.contains("'torch.nn.modules.linear.Linear'") == true)
        #expect(module?.message.contains("state_dict()") == true)
        let script = #expect(throws: CheckpointError.self) { try open("script.pt") }
        #expect(script?.code == .unsupportedContent)
        #expect(script?.message.contains("TorchScript") == true)
    }
}
