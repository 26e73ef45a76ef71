// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets
@testable import WRNFetch

@Suite("Zip archives that attack")
struct ZipAttackTests {
    private typealias Lies = ZipBuilder.Lies

    private func archive(_ bytes: [UInt8]) throws -> ZipArchive {
        try ZipArchive(OpenFile(NamedBytes(bytes)))
    }

    private func single(_ name: String, _ data: [UInt8] = [1, 2, 3], _ lies: Lies = Lies())
        -> [UInt8]
    {
        var builder = ZipBuilder()
        builder.add(name, data, lies)
        return builder.finished()
    }

    @Test(
        "Names that lead out of the archive are refused",
        arguments: ["../x.png", "a/../../x.png", "/etc/passwd", "a/..", ".."])
    func rejectsEscape(_ name: String) {
        expectError(.unsupported, "leads out of the archive", name) { try archive(single(name)) }
    }

    @Test("Names with backslashes or zero bytes are refused", arguments: ["a\\b.png", "a\0b"])
    func rejectsBackslash(_ name: String) {
        expectError(.unsupported, "a backslash or a zero byte") { try archive(single(name)) }
    }

    @Test("Names that are not UTF-8, are endless or nest too deep are refused")
    func rejectsStrangeNames() {
        var builder = ZipBuilder()
        builder.add([0x61, 0xB0, 0xED], [1], Lies())
        expectError(.unsupported, "not UTF-8") { try archive(builder.finished()) }
        expectError(.unsupported, "5000 bytes") {
            try archive(single(String(repeating: "a", count: 5000)))
        }
        expectError(.unsupported, "more than 64 folders") {
            try archive(single(String(repeating: "a/", count: 70) + "x.png"))
        }
    }

    @Test("Encrypted files are refused", arguments: [0x1, 0x41, 0x2000])
    func rejectsEncryption(_ flags: Int) {
        expectError(.unsupported, "'a.png' is encrypted") {
            try archive(single("a.png", [1], Lies(flags: flags)))
        }
    }

    @Test("Other methods are refused by their number", arguments: [1, 6, 9, 12, 14, 93, 99])
    func rejectsMethods(_ method: Int) {
        expectError(.unsupported, "method \(method)") {
            try archive(single("a", [1], Lies(method: method)))
        }
    }

    @Test("A size that DEFLATE cannot make is refused before memory is given to it")
    func rejectsImpossibleSize() {
        expectError(.inconsistent, "cannot unpack from 3 to 1099511627776 bytes") {
            try archive(
                single("a", [1, 2, 3], Lies(method: 8, byteCount: 1 << 40, usesZip64: true)))
        }
        expectError(.inconsistent, "cannot unpack from 3 to 4 bytes") {
            try archive(single("a", [1, 2, 3], Lies(byteCount: 4)))
        }
    }

    @Test("A zip bomb stops at the limit, and where it unpacks to more than it says")
    func rejectsBomb() throws {
        // The zeros of a gzip file, without its head of 10 bytes and its tail of 8.
        let whole = Array(try DataFixture.bytes("zeros.gz").bytes)
        let zeros = Array(whole[10..<whole.count - 8])
        let count = try Gzip.unpack(DataFixture.bytes("zeros.gz")).count
        let honest = try archive(single("a", zeros, Lies(method: 8, byteCount: count)))
        expectError(.tooLarge, "'a' unpacks to \(count) bytes; at most 1000 are read") {
            try honest.bytes(of: 0, limit: 1000)
        }
        let lying = try archive(single("a", zeros, Lies(method: 8, byteCount: 1000)))
        expectError(.inconsistent, "more packed data than its 1000 bytes need") {
            try lying.bytes(of: 0, limit: 1000)
        }
    }

    @Test("Entries that lie over each other are refused")
    func rejectsOverlap() {
        var builder = ZipBuilder()
        builder.add("a", [UInt8](repeating: 0, count: 100))
        builder.add("b", [UInt8](repeating: 0, count: 100), Lies(offset: 10))
        expectError(.inconsistent, "share bytes", "bomb") { try archive(builder.finished()) }
    }

    @Test("A size that is too small, or packed data that are cut short, are refused")
    func rejectsLyingSizes() throws {
        let packed = ZipBuilder.deflated([1, 2, 3])
        let short = try archive(single("a", packed, Lies(method: 8, byteCount: 2)))
        expectError(.inconsistent, "the directory lies") { try short.bytes(of: 0, limit: 9) }
        let long = try archive(single("a", packed, Lies(method: 8, byteCount: 4)))
        expectError(.truncated, "'a' needs 4 bytes", "only 3") { try long.bytes(of: 0, limit: 9) }
        let cut = try archive(
            single("a", packed, Lies(method: 8, byteCount: 3, packedByteCount: 6)))
        expectError(.truncated, "middle of a stream") { try cut.bytes(of: 0, limit: 9) }
    }

    @Test("A wrong checksum is found")
    func rejectsWrongChecksum() throws {
        let archive = try archive(single("a", [1, 2, 3], Lies(checksum: 7)))
        expectError(.checksumMismatch, "'a' is damaged", "CRC-32") {
            try archive.bytes(of: 0, limit: 9)
        }
    }

    @Test("Another name in the file's own header is refused")
    func rejectsOtherLocalName() throws {
        let archive = try archive(single("a", [1], Lies(localName: "b")))
        expectError(.inconsistent, "another name") { try archive.bytes(of: 0, limit: 9) }
    }

    @Test("An archive cut off anywhere is refused")
    func rejectsTruncation() {
        let whole = single("folder/name.png", [UInt8](repeating: 7, count: 40))
        for count in 0..<whole.count {
            #expect(throws: DataError.self, "\(count)") {
                try archive(Array(whole.prefix(count)))
            }
        }
        expectError(.truncated, "no directory at its end") { try archive(Array(whole.dropLast())) }
    }

    @Test("A directory that is cut short, has entries too few or too many is refused")
    func rejectsLyingDirectory() {
        var builder = ZipBuilder()
        builder.add("a", [1])
        builder.add("b", [1])
        expectError(.malformed, "bytes follow the last of the directory's 1 entries") {
            try archive(builder.finished(claiming: 1))
        }
        expectError(.inconsistent, "3 entries do not fit") {
            try archive(builder.finished(claiming: 3))
        }
        expectError(.inconsistent, "do not fit") {
            try archive(builder.finished(usesZip64: true, claiming: 1 << 40))
        }
    }
}
