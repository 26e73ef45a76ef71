// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles

/// Each test is an entry of Documentation/Attacks.md.
@Suite("Attacks by files of PyTorch")
struct PyTorchAttackTests {
    private let floats = [UInt8](repeating: 0, count: 16)

    private func refusal(
        _ archive: HandmadeArchive, location: SourceLocation = #_sourceLocation
    ) throws -> CheckpointError {
        try #require(
            throws: CheckpointError.self, sourceLocation: location
        ) {
            let read = try archive.read()
            for entry in read.entries { _ = try read.tensor(named: entry.name) }
        }
    }

    private func refusal(
        pickle: [UInt8], storages: [[UInt8]]? = nil, location: SourceLocation = #_sourceLocation
    ) throws -> CheckpointError {
        try refusal(
            HandmadeArchive(pickle: pickle, storages: storages ?? [floats]), location: location)
    }

    @Test("the builder's honest file is read: what the attacks change is what refuses them")
    func honestFile() throws {
        let archive = try HandmadeArchive(pickle: Pickled.one(), storages: [floats]).read()
        #expect(try archive.tensor(named: "w") == Tensor(shape: [4], repeating: 0))
    }

    @Test(
        "call of a program: os.system, eval and others are refused by name",
        arguments: [
            ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("builtins", "exec"),
            ("builtins", "getattr"), ("subprocess", "Popen"), ("torch", "load"),
            ("torch.hub", "load"), ("numpy", "load"), ("torch.storage", "_load_from_bytes"),
            ("torch._utils", "_rebuild_sparse_tensor"), ("runpy", "run_path"),
        ])
    func callOfAProgram(module: String, name: String) throws {
        let call =
            [0x80, 2] + Pickled.global(module, name) + Pickled.tuple([Pickled.text("id")])
            + Array("R.".utf8)
        let error = try refusal(pickle: call)
        #expect(error.code == .unsupportedContent)
        #expect(error.message.contains("'\(module).\(name)'"))
        #expect(error.message.contains("nothing of it was run"))
    }

    @Test("call hidden behind a permitted name: a permitted module does not permit others")
    func callBehindPermittedName() throws {
        for name in ["_rebuild_tensor_v2.__globals__", "_rebuild_tensor_v2\u{0}", ""] {
            let error = try refusal(
                pickle: [0x80, 2] + Pickled.global("torch._utils", name) + Array(")R.".utf8))
            #expect(error.code == .unsupportedContent)
        }
    }

    @Test("state of an object: a Namespace's content is dropped, a tensor takes none")
    func stateOfAnObject() throws {
        let namespace =
            Pickled.global("argparse", "Namespace") + [UInt8(ascii: ")"), 0x81]
            + Array("}".utf8) + Array("b".utf8)
        let archive = try HandmadeArchive(
            pickle: Pickled.dictionary([("args", namespace)])
        ).read()
        #expect(archive.entries.isEmpty)
        let tensor =
            Pickled.tensor(Pickled.storage("0", count: 4), shape: [4], strides: [1])
            + Array("}b".utf8)
        #expect(
            try refusal(pickle: Pickled.dictionary([("w", tensor)])).code == .unsupportedContent)
    }

    @Test("recursive memo: a dictionary that holds itself")
    func recursiveMemo() throws {
        let pickle =
            [0x80, 2] + Array("}q\u{0}(".utf8) + Pickled.text("me") + Array("h\u{0}u.".utf8)
        let error = try refusal(pickle: pickle)
        #expect(error.code == .malformedContent)
        #expect(error.message.contains("holds itself"))
    }

    @Test("cyclic references: two lists that hold each other")
    func cyclicReferences() throws {
        let pickle = [0x80, 2] + Array("]q\u{0}]q\u{1}h\u{0}aa.".utf8)
        #expect(try refusal(pickle: pickle).message.contains("holds itself"))
    }

    @Test("billion laughs: thirty dictionaries, each twice in the next")
    func billionLaughs() throws {
        var value: [UInt8] = [UInt8(ascii: "N")]
        for level in 0..<30 {
            let memo = UInt8(level)
            value =
                Array("}(".utf8) + Pickled.text("a") + value + [UInt8(ascii: "q"), memo]
                + Pickled.text("b") + [UInt8(ascii: "h"), memo] + Array("u".utf8)
        }
        let error = try refusal(pickle: [0x80, 2] + value + Array(".".utf8))
        #expect(error.code == .limitExceeded)
    }

    @Test("deep nesting: a hundred thousand lists, one in the other")
    func deepNesting() throws {
        let count = 100_000
        let pickle =
            [0x80, 2] + [UInt8](repeating: UInt8(ascii: "]"), count: count)
            + [UInt8](repeating: UInt8(ascii: "a"), count: count - 1) + Array(".".utf8)
        #expect(try refusal(pickle: pickle).code == .limitExceeded)
    }

    @Test("huge counts: shapes, strides and offsets whose products overflow")
    func hugeCounts() throws {
        let cases: [([Int], [Int], Int)] = [
            ([1 << 62, 4], [1, 1], 0), ([.max, .max], [1, 1], 0), ([4], [.max], 0),
            ([2, 2], [.max, .max], 0), ([4], [1], .max), ([1 << 40], [1], 0),
            ([0, 1 << 40, 1 << 40], [1, 1, 1], 0), ([1 << 40, 1 << 40, 0], [1, 1, 1], 0),
        ]
        for (shape, strides, offset) in cases {
            let error = try refusal(
                pickle: Pickled.one(offset: offset, shape: shape, strides: strides))
            #expect(error.code == .contradiction, "\(shape) \(strides) \(offset)")
        }
        #expect(try refusal(pickle: Pickled.one(count: .max)).code == .malformedContent)
        #expect(try refusal(pickle: Pickled.one(count: 1 << 60)).code == .contradiction)
    }

    @Test("negative sizes: of shapes, strides, offsets and storages")
    func negativeSizes() throws {
        for pickle in [
            Pickled.one(shape: [-4]), Pickled.one(strides: [-1]), Pickled.one(offset: -1),
            Pickled.one(shape: [-2, -2], strides: [2, 1]),
        ] { #expect(try refusal(pickle: pickle).code == .contradiction) }
        #expect(try refusal(pickle: Pickled.one(count: -4)).code == .malformedContent)
    }

    @Test("view past the end: a tensor that leaves its storage")
    func viewPastTheEnd() throws {
        for pickle in [
            Pickled.one(offset: 1), Pickled.one(shape: [2, 2], strides: [3, 1]),
            Pickled.one(shape: [1], strides: [1]).isEmpty ? [] : Pickled.one(offset: 4, shape: [1]),
        ] { #expect(try refusal(pickle: pickle).code == .contradiction) }
    }

    @Test("expanded view: a few elements shown as a thousand million")
    func expandedView() throws {
        let error = try refusal(pickle: Pickled.one(shape: [1_000_000_000], strides: [0]))
        #expect(error.code == .contradiction)
        #expect(error.message.contains("contiguous copy"))
    }

    @Test("too many views: one storage shown a hundred times")
    func tooManyViews() throws {
        let storage = Pickled.storage("0", count: 1024)
        let pairs = (0..<100).map {
            ("w\($0)", Pickled.tensor(storage, shape: [1024], strides: [1]))
        }
        let error = try refusal(
            pickle: Pickled.dictionary(pairs), storages: [[UInt8](repeating: 0, count: 4096)])
        #expect(error.code == .limitExceeded)
    }

    @Test("storage past the end: the directory's sizes lead out of the file")
    func storagePastTheEnd() throws {
        var archive = HandmadeArchive(
            pickle: Pickled.one(count: 1 << 20, shape: [1 << 20]), storages: [floats])
        archive.entries[1].claimedByteCount = 4 << 20
        archive.entries[1].claimedPackedByteCount = 4 << 20
        #expect(try refusal(archive).code == .contradiction)
        #expect(try refusal(pickle: Pickled.one(), storages: []).code == .contradiction)
    }

    @Test("overlapping storages: two entries that share bytes")
    func overlappingStorages() throws {
        let pickle = Pickled.dictionary(
            ["0", "1"].map {
                (
                    "w" + $0,
                    Pickled.tensor(Pickled.storage($0, count: 4), shape: [4], strides: [1])
                )
            })
        var archive = HandmadeArchive(pickle: pickle, storages: [floats, floats])
        archive.entries[2].offset = 30 + 10 + pickle.count + 4
        #expect(try refusal(archive).code == .contradiction)
    }

    @Test("type lies: a storage named with two types, or with another than its bytes are")
    func typeLies() throws {
        let two = Pickled.dictionary([
            ("a", Pickled.tensor(Pickled.storage("0", count: 4), shape: [4], strides: [1])),
            (
                "b",
                Pickled.tensor(
                    Pickled.storage("0", count: 4, type: "IntStorage"), shape: [4], strides: [1])
            ),
        ])
        #expect(try refusal(pickle: two).code == .contradiction)
        #expect(try refusal(pickle: Pickled.one(type: "DoubleStorage")).code == .contradiction)
        #expect(
            try refusal(pickle: Pickled.one(type: "ComplexStorage")).code == .unsupportedContent)
    }

    @Test("wrong checksum: a storage's bytes were changed after they were written")
    func wrongChecksum() throws {
        var archive = HandmadeArchive(pickle: Pickled.one(), storages: [floats])
        archive.entries[1].checksum = 1
        #expect(try refusal(archive).code == .checksumMismatch)
        archive = HandmadeArchive(pickle: Pickled.one(), storages: [floats])
        archive.entries[0].checksum = 1
        #expect(try refusal(archive).code == .checksumMismatch)
    }

    @Test("no checksums: a file that PyTorch saved without them is refused, and the reason is said")
    func noChecksums() throws {
        for number in 0..<2 {
            var archive = HandmadeArchive(
                pickle: Pickled.one(), storages: [[UInt8](repeating: 7, count: 16)])
            archive.entries[number].checksum = 0
            let error = try refusal(archive)
            #expect(error.code == .checksumMismatch)
            #expect(error.message.contains("set_crc32_options(False)"), "\(error.message)")
            #expect(!error.message.contains("is damaged"))
        }
    }

    @Test("changed meaning: a negated view has its sign, a conjugated or unknown one is refused")
    func changedMeaning() throws {
        func pickle(_ properties: [UInt8]) -> [UInt8] {
            let arguments: [[UInt8]] = [
                Pickled.storage("0", count: 2), Pickled.integer(0),
                Pickled.tuple([Pickled.integer(2)]), Pickled.tuple([Pickled.integer(1)]), [0x89],
                Pickled.global("collections", "OrderedDict") + Array(")R".utf8), properties,
            ]
            let tensor =
                Pickled.global("torch._utils", "_rebuild_tensor_v2") + Pickled.tuple(arguments)
                + Array("R".utf8)
            return Pickled.dictionary([("w", tensor)])
        }
        func property(_ name: String, _ flag: Bool) -> [UInt8] {
            let value: [UInt8] = [flag ? 0x88 : 0x89]
            return Array("}".utf8) + Pickled.text(name) + value + Array("s".utf8)
        }
        // 1 and -2.
        let storage = little(0x3F80_0000, 4) + little(0xC000_0000, 4)
        for (properties, elements) in [
            (property("neg", true), [-1, 2]), (property("neg", false), [1, -2]),
            (property("conj", false), [1, -2]), (Array("}".utf8), [1, -2]),
            (Array("N".utf8), [1, -2]),
        ] as [([UInt8], [Float])] {
            let archive = try HandmadeArchive(
                pickle: pickle(properties), storages: [storage]
            ).read()
            #expect(try archive.tensor(named: "w").elements == elements)
            #expect(
                try archive.bytes(of: "w")
                    == elements.flatMap { little(Int($0.bitPattern), 4) })
        }
        for name in ["conj", "quantized"] {
            let error = try refusal(pickle: pickle(property(name, true)), storages: [storage])
            #expect(error.code == .unsupportedContent && error.message.contains("'\(name)'"))
        }
        let list = try refusal(pickle: pickle(Array("]".utf8)), storages: [storage])
        #expect(list.code == .malformedContent)
    }

    @Test("duplicate entries: two files of one name in the archive")
    func duplicateEntries() throws {
        var archive = HandmadeArchive(pickle: Pickled.one(), storages: [floats])
        archive.entries.append(HandmadeArchive.Entry("a/./data/0", floats))
        let error = try refusal(archive)
        #expect(error.code == .contradiction)
        #expect(error.message.contains("two entries are called 'a/data/0'"))
        archive.entries[2] = HandmadeArchive.Entry("b/data.pkl", Pickled.one())
        #expect(try refusal(archive).code == .contradiction)
    }

    @Test("way out of the archive: an entry whose name leads elsewhere")
    func wayOut() throws {
        for name in ["../data/0", "/etc/passwd", "a\\data", "a/../../b"] {
            var archive = HandmadeArchive(pickle: Pickled.one(), storages: [floats])
            archive.entries.append(HandmadeArchive.Entry(name, []))
            #expect(try refusal(archive).code == .unsupportedContent)
        }
    }

    @Test("zip64: honest numbers of 64 bits are read, lies are refused")
    func zip64() throws {
        var archive = HandmadeArchive(pickle: Pickled.one(), storages: [floats])
        archive.isZip64 = true
        #expect(try archive.read().tensor(named: "w").shape == [4])
        archive.entries[1].claimedByteCount = .max
        archive.entries[1].claimedPackedByteCount = .max
        #expect(try [.malformedContent, .contradiction].contains(refusal(archive).code))
        archive.entries[1].claimedByteCount = 1 << 61
        archive.entries[1].claimedPackedByteCount = 1 << 61
        #expect(try refusal(archive).code == .contradiction)
    }

    @Test("endless marks and values stop at their limits")
    func endlessStack() throws {
        for instruction in ["(", "N", "]"] {
            let pickle = [UInt8](
                repeating: UInt8(Array(instruction.utf8)[0]), count: 2_100_000)
            #expect(try refusal(pickle: pickle).code == .limitExceeded)
        }
    }

    @Test("copy again and again: a dictionary made of a large one ten thousand times")
    func copyBomb() throws {
        let large =
            Array("}q\u{0}(".utf8)
            + (0..<1000).flatMap { Pickled.integer($0) + Array("N".utf8) } + Array("u".utf8)
        let copy =
            Pickled.global("collections", "OrderedDict") + Array("h\u{0}\u{85}R0".utf8.map { $0 })
        // TUPLE1 is the byte 0x85, which UTF-8 would write as two.
        let one = copy.filter { $0 != 0xC2 }
        let pickle = [0x80, 2] + large + (0..<10_000).flatMap { _ in one } + Array(".".utf8)
        #expect(try refusal(pickle: pickle).code == .limitExceeded)
    }
}
