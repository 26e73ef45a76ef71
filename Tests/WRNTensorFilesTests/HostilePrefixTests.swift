// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles

@Suite("Files that lie about their header's length")
struct HostilePrefixTests {
    @Test("an empty file and one shorter than the length are refused", arguments: 0..<8)
    func rejectsTruncatedPrefix(count: Int) throws {
        let error = #expect(throws: CheckpointError.self) {
            try Safetensors.read([UInt8](repeating: 0, count: count), named: "cut.safetensors")
        }
        #expect(error?.code == .headerTooShort)
        #expect(
            error?.message == "cut.safetensors: expected 8 bytes with the header's length, "
                + "found \(count); the file is no safetensors file or was cut off: get it again")
    }

    @Test("a header that ends behind the file is refused", arguments: [1, 100, 99_999_900])
    func rejectsHeaderPastEnd(excess: UInt64) {
        var file = HandmadeFile("{}")
        file.claimedLength += excess
        #expect(file.refusal?.code == .headerPastEnd)
        #expect(file.refusal?.message.contains("found only 2 bytes") == true)
    }

    @Test(
        "a header above the limit is refused, whatever its length overflows to",
        arguments: [100_000_001, 1 << 31, 1 << 32, 1 << 62, 1 << 63, UInt64.max, UInt64.max - 7])
    func rejectsHugeHeader(length: UInt64) {
        var file = HandmadeFile("{}")
        file.claimedLength = length
        #expect(file.refusal?.code == .headerTooLong)
        #expect(file.refusal?.message.contains("found the length \(length);") == true)
    }

    @Test("a file cut anywhere is refused and never read past its end")
    func rejectsEveryTruncation() throws {
        let whole = try Safetensors.bytes(
            of: [NamedTensor(name: "a", shape: [2], integers: [1, 2])], named: "whole")
        for count in whole.indices {
            #expect(throws: CheckpointError.self) {
                try Safetensors.read(Array(whole[..<count]), named: "cut")
            }
        }
    }

    @Test(
        "a header that does not begin with a brace is refused",
        arguments: ["", " {}", "[]", "\u{FEFF}{}"])
    func rejectsOtherStart(header: String) {
        #expect(HandmadeFile(header).refusal?.code == .headerStart)
    }

    @Test(
        "a file of another format is refused",
        arguments: ["PK\u{3}\u{4}........", "GIF89a; a polyglot"])
    func rejectsForeignFile(text: String) {
        #expect(throws: CheckpointError.self) {
            try Safetensors.read(Array(text.utf8), named: "foreign")
        }
    }
}
