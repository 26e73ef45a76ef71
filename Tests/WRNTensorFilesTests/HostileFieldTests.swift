// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles

@Suite("Tensors whose fields are impossible")
struct HostileFieldTests {
    @Test("one name for two tensors is refused, also when written differently")
    func rejectsDuplicateNames() {
        let first = entry("a", shape: "[1]", offsets: "[0,4]")
        for name in ["a", #"\u0061"#] {
            let second = entry(name, shape: "[1]", offsets: "[4,8]")
            let error = HandmadeFile("{\(first),\(second)}", dataByteCount: 8).refusal
            #expect(error?.code == .duplicateName)
            #expect(error?.tensorName == "a")
            #expect(error?.byteOffset == 8 + 1 + first.utf8.count + 1)
        }
    }

    @Test("duplicate metadata and duplicate keys in it are refused")
    func rejectsDuplicateMetadata() {
        let twice = #"{"__metadata__":{},"__metadata__":{}}"#
        #expect(HandmadeFile(twice).refusal?.code == .duplicateName)
        let keys = #"{"__metadata__":{"a":"1","a":"2"}}"#
        #expect(HandmadeFile(keys).refusal?.code == .duplicateName)
    }

    @Test(
        "fields that are absent, unknown or given twice are refused",
        arguments: [
            (#""dtype":"F32","shape":[1]"#, CheckpointError.Code.invalidTensorFields),
            (#""dtype":"F32","data_offsets":[0,4]"#, .invalidTensorFields),
            (#""shape":[1],"data_offsets":[0,4]"#, .invalidTensorFields),
            (#""dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1"#, .invalidTensorFields),
            (#""Dtype":"F32""#, .invalidTensorFields),
            (#""dtype":"F32","dtype":"F32""#, .duplicateName),
            (#""shape":[1],"shape":[1]"#, .duplicateName),
            (#""data_offsets":[0,4],"data_offsets":[0,4]"#, .duplicateName),
        ])
    func rejectsOtherFields(fields: String, code: CheckpointError.Code) {
        let error = HandmadeFile(#"{"a":{\#(fields)}}"#, dataByteCount: 4).refusal
        #expect(error?.code == code)
        #expect(error?.tensorName == "a")
    }

    @Test(
        "an unknown element type is refused", arguments: ["F8_E4M3", "f32", "", "float32", "F32 "])
    func rejectsUnknownElementType(type: String) {
        let text = entry("a", shape: "[1]", offsets: "[0,4]", type: type)
        let error = HandmadeFile("{\(text)}", dataByteCount: 4).refusal
        #expect(error?.code == .unknownElementType)
        #expect(
            error?.message == #"made.safetensors: tensor "a": expected one of the element types "#
                + "BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64, "
                + "found \"\(type)\" at byte 22; convert the tensor to F32 first")
    }

    @Test(
        "a shape of anything but whole numbers from 0 is refused",
        arguments: [
            "[-1]", "[1.0]", "[1e2]", "[01]", "[\"1\"]", "[null]", "[[1]]", "{}", "1", "[,]",
            "[+1]", "[1 2]", "[1,]",
        ]
    )
    func rejectsInvalidShape(shape: String) {
        let error = HandmadeFile(
            "{\(entry("a", shape: shape, offsets: "[0,4]"))}", dataByteCount: 4
        ).refusal
        #expect(error?.code == (shape == "[1 2]" ? .malformedHeader : .invalidShape))
    }

    @Test(
        "offsets that are no two whole numbers from 0 are refused",
        arguments: [
            "[-4,0]", "[0,-4]", "[0]", "[]", "[0,4,4]", "[0.0,4]", "[0,4e0]", "0", "null", "[4,0]",
            "[0,9223372036854775808]", "[0,18446744073709551616]", "[0,00]",
        ])
    func rejectsInvalidOffsets(offsets: String) {
        let text = entry("a", shape: "[1]", offsets: offsets)
        #expect(HandmadeFile("{\(text)}", dataByteCount: 4).refusal?.code == .invalidOffsets)
    }

    @Test("a negative offset is named together with its tensor and place")
    func namesNegativeOffset() {
        let text = entry("fc.weight", shape: "[1]", offsets: "[-4,0]")
        #expect(
            HandmadeFile("{\(text)}").refusal?.message
                == #"made.safetensors: tensor "fc.weight": expected whole numbers from 0 as offsets, "#
                + "found - at byte 64; the file is damaged or was written wrongly: "
                + "download or export it again")
    }

    @Test("more extents than the limit are refused, the limit is accepted")
    func limitsRank() throws {
        func file(rank: Int) -> HandmadeFile {
            let shape = "[" + Array(repeating: "1", count: rank).joined(separator: ",") + "]"
            return HandmadeFile("{\(entry("a", shape: shape, offsets: "[0,4]"))}", dataByteCount: 4)
        }
        #expect(
            try file(rank: Safetensors.maximumRank).read().entries[0].shape.rank
                == Safetensors.maximumRank)
        #expect(file(rank: Safetensors.maximumRank + 1).refusal?.code == .rankTooLarge)
    }

    @Test("more tensors than the limit are refused, the limit is accepted")
    func limitsTensorCount() throws {
        let entries = (0..<3).map { entry("\($0)", shape: "[0]", offsets: "[0,0]") }
        let bytes = HandmadeFile("{" + entries.joined(separator: ",") + "}").bytes
        #expect(try Safetensors.read(bytes, named: "x", maximumTensorCount: 3).entries.count == 3)
        let error = #expect(throws: CheckpointError.self) {
            try Safetensors.read(bytes, named: "x", maximumTensorCount: 2)
        }
        #expect(error?.code == .tooManyTensors)
        #expect(error?.message.contains("expected at most 2 tensors, found more at byte") == true)
    }
}
