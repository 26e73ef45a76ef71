// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Tar archives")
struct TarTests {
    @Test("Files are read, and everything else is passed over", arguments: ["gnu", "pax", "ustar"])
    func readsEveryForm(_ form: String) throws {
        let archive = try DataFixture.archive("tars/\(form).tar")
        var expected: [String: [UInt8]] = [
            "plain": Array("plain".utf8), "../../escape": Array("escape".utf8), "empty": [],
            "block": [UInt8](repeating: 0, count: 512),
        ]
        if form == "ustar" {
            expected[String(repeating: "d", count: 120) + "/f"] = Array("split".utf8)
        } else {
            expected[String(repeating: "folder/", count: 30) + "file"] = Array("long".utf8)
        }
        #expect(archive.files.mapValues(Array.init) == expected)
    }

    @Test("An archive cut off anywhere before its end mark is refused")
    func rejectsTruncation() throws {
        var builder = TarBuilder()
        builder.add("a", [1, 2, 3])
        builder.add("b", [UInt8](repeating: 7, count: 600))
        let whole = builder.bytes
        for count in stride(from: 0, through: whole.count, by: 64) {
            expectError(.truncated, "cut off") {
                try TarArchive(NamedBytes(Array(whole.prefix(count))))
            }
        }
        #expect(try TarArchive(NamedBytes(builder.finished())).files.count == 2)
    }

    @Test("A size past the end is refused before anything is allocated")
    func rejectsSizePastEnd() {
        var builder = TarBuilder()
        builder.add("huge", [1], size: "77777777777")
        expectError(.truncated, at: 512, "'huge' needs 8589934591 bytes", "1536 are left") {
            try TarArchive(NamedBytes(builder.finished()))
        }
    }

    @Test("A size that is no number is refused", arguments: ["9", "-1", "x", " "])
    func rejectsStrangeSize(_ size: String) {
        var builder = TarBuilder()
        builder.add("a", [1], size: size)
        expectError(.malformed, at: 124, "size") { try TarArchive(NamedBytes(builder.finished())) }
    }

    @Test("A binary size beyond 64 bits is refused")
    func rejectsOverflowingSize() {
        var builder = TarBuilder()
        builder.add("a", [1], binarySize: [0x80] + [UInt8](repeating: 0xFF, count: 11))
        expectError(.malformed, at: 124, "size") { try TarArchive(NamedBytes(builder.finished())) }
    }

    @Test("A binary size in range is read")
    func readsBinarySize() throws {
        var builder = TarBuilder()
        builder.add("a", [1, 2], binarySize: [0x80] + [UInt8](repeating: 0, count: 10) + [2])
        let archive = try TarArchive(NamedBytes(builder.finished()))
        #expect(archive.files["a"].map(Array.init) == [1, 2])
    }

    @Test("A damaged header is refused")
    func rejectsWrongChecksum() {
        var builder = TarBuilder()
        builder.add("a", [1])
        expectError(.malformed, at: 0, "checksum") {
            try TarArchive(NamedBytes(builder.finished()).changed { $0[3] ^= 1 })
        }
    }

    @Test("Two files of one name are refused")
    func rejectsDuplicates() {
        var builder = TarBuilder()
        builder.add("a", [1])
        builder.add("./a", [2])
        expectError(.malformed, at: 1024, "second entry named 'a'") {
            try TarArchive(NamedBytes(builder.finished()))
        }
    }

    @Test("A link that claims data does not hide the entry after it")
    func linksHaveNoData() throws {
        var builder = TarBuilder()
        builder.add("link", type: "2", size: "1000")
        builder.add("a", [1])
        let archive = try TarArchive(NamedBytes(builder.finished()))
        #expect(archive.files.keys.sorted() == ["a"])
    }

    @Test(
        "Broken pax records are refused",
        arguments: [
            "0 path=x\n", "99 path=x\n", "9 path=x.", "5 abc\n", "path=x\n",
            "16 size=-1000000", "17 size=99999999999999999999\n", "11 size=-1\n",
        ])
    func rejectsBrokenPax(_ record: String) {
        var builder = TarBuilder()
        builder.add("pax", Array(record.utf8), type: "x")
        builder.add("a", [1])
        expectError(.malformed, "pax") { try TarArchive(NamedBytes(builder.finished())) }
    }

    @Test("More entries than are read in memory are refused, with what to do")
    func rejectsManyEntries() {
        var builder = TarBuilder()
        builder.add("a/", type: "5")
        var bytes: [UInt8] = []
        for _ in 0...TarArchive.maximumEntryCount { bytes += builder.bytes }
        expectError(
            .tooLarge, at: 512 * TarArchive.maximumEntryCount, "more than 100000 entries",
            "unpack it, and give the directory"
        ) {
            try TarArchive(NamedBytes(bytes))
        }
    }

    @Test("A name beyond the limit is refused")
    func rejectsEndlessName() {
        var builder = TarBuilder()
        builder.add("L", [UInt8](repeating: 65, count: 5000), type: "L")
        builder.add("a", [1])
        expectError(.tooLarge, "5000 bytes") { try TarArchive(NamedBytes(builder.finished())) }
    }
}
