// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles

@Suite("Tensors that do not cover the data")
struct HostileLayoutTests {
    private func refusal(_ entries: [String], dataByteCount: Int) -> CheckpointError? {
        HandmadeFile("{" + entries.joined(separator: ",") + "}", dataByteCount: dataByteCount)
            .refusal
    }

    @Test(
        "overlapping tensors are refused, nested and identical ones too",
        arguments: ["[4,12]", "[0,8]", "[4,8]", "[0,4]"])
    func rejectsOverlap(offsets: String) {
        let shape = ["[4,12]", "[0,8]"].contains(offsets) ? "[2]" : "[1]"
        let error = refusal(
            [
                entry("a", shape: "[2]", offsets: "[0,8]"),
                entry("b", shape: shape, offsets: offsets),
            ],
            dataByteCount: 12)
        #expect(error?.code == .overlappingTensors)
    }

    @Test("a hole between tensors and one before the first are refused")
    func rejectsHole() {
        let late = entry("b", shape: "[1]", offsets: "[8,12]")
        let error = refusal([entry("a", shape: "[1]", offsets: "[0,4]"), late], dataByteCount: 12)
        #expect(error?.code == .hole)
        #expect(
            error?.message.contains(
                #"tensor "b": expected it at byte 4 of the data, found it at 8 behind bytes that belong to no tensor"#
            )
                == true)
        #expect(refusal([late], dataByteCount: 12)?.code == .hole)
    }

    @Test("bytes behind the last tensor are refused, as in a polyglot file")
    func rejectsTrailingBytes() {
        let text = entry("a", shape: "[1]", offsets: "[0,4]")
        let error = refusal([text], dataByteCount: 5)
        #expect(error?.code == .trailingBytes)
        #expect(error?.byteOffset == 8 + text.utf8.count + 2 + 4)
        #expect(refusal([], dataByteCount: 1)?.code == .trailingBytes)
    }

    @Test(
        "offsets behind the end of the file are refused",
        arguments: [("[1]", "[4,8]"), ("[2]", "[0,8]"), ("[0]", "[9,9]")])
    func rejectsOffsetsPastEnd(shape: String, offsets: String) {
        #expect(
            refusal([entry("a", shape: shape, offsets: offsets)], dataByteCount: 4)?.code
                == .offsetsPastEnd)
    }

    @Test(
        "a size that is not the shape's is refused",
        arguments: ["[]", "[1]", "[3]", "[0]", "[2,2]", "[2,0]"])
    func rejectsSizeMismatch(shape: String) {
        let error = refusal([entry("a", shape: shape, offsets: "[0,8]")], dataByteCount: 8)
        #expect(error?.code == .sizeMismatch)
    }

    @Test("the message of a wrong size names expected and found")
    func namesSizes() {
        #expect(
            refusal([entry("a", shape: "[3]", offsets: "[0,8]")], dataByteCount: 8)?.message
                == #"made.safetensors: tensor "a": expected 12 bytes for the shape [3] of F32, "#
                + "found 8 (bytes 0 to 8 of the data); the file is damaged or was written wrongly: "
                + "download or export it again")
    }

    @Test(
        "a shape whose size overflows is refused",
        arguments: [
            "[4294967296,4294967296]", "[9223372036854775807]", "[2305843009213693952]",
            "[9223372036854775808]", "[99999999999999999999999999]", "[3037000500,3037000500,0]",
            "[0,1099511627776,1099511627776]",
        ])
    func rejectsOverflowingShape(shape: String) {
        #expect(
            refusal([entry("a", shape: shape, offsets: "[0,4]")], dataByteCount: 4)?.code
                == .sizeOverflow)
    }

    @Test("tensors without elements and scalars are accepted, in the order of their bytes")
    func acceptsEmptyAndScalar() throws {
        let file = HandmadeFile(
            "{"
                + [
                    entry("late", shape: "[1]", offsets: "[4,8]"),
                    entry("none", shape: "[7,0]", offsets: "[4,4]"),
                    entry("scalar", shape: "[]", offsets: "[0,4]"),
                ].joined(separator: ",") + "}", dataByteCount: 8)
        let archive = try file.read()
        #expect(archive.entries.map(\.name) == ["scalar", "none", "late"])
        #expect(try archive.bytes(of: "late") == [4, 5, 6, 7])
        #expect(try archive.tensor(named: "none").elements.isEmpty)
        #expect(archive["scalar"]?.shape == [])
    }

    @Test("a file without tensors is accepted")
    func acceptsEmptyArchive() throws {
        #expect(try HandmadeFile("{}").read().entries.isEmpty)
    }
}
