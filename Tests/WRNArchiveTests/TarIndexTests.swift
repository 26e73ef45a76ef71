// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Tar archives read in place")
struct TarIndexTests {
    private func index(_ bytes: [UInt8]) throws -> TarIndex {
        try TarIndex(OpenFile(NamedBytes(bytes)))
    }

    @Test("The files are those that Python put in, read from the disk")
    func readsPythonsArchive() throws {
        let index = try TarIndex(OpenFile(DataFixture.path("images/photos.tar")))
        #expect(index.entries.count == 5)
        for (number, entry) in index.entries.enumerated() {
            let path = entry.path.description.dropFirst("photos/".count)
            let expected = try DataFixture.bytes("images/" + path).bytes
            #expect(try index.bytes(of: number, limit: 10_000) == Array(expected))
        }
    }

    @Test("Long names of GNU and pax are read; links and devices are counted")
    func readsLongNames() throws {
        let name = String(repeating: "folder/", count: 30) + "file"
        var builder = TarBuilder()
        builder.add("L", Array(name.utf8) + [0], type: "L")
        builder.add("cut", [1, 2])
        builder.add("link", type: "2")
        builder.add("hard", type: "1", size: "777")
        builder.add("device", type: "3")
        builder.add("folder/", type: "5")
        let index = try index(builder.finished())
        #expect(index.entries.map(\.path.description) == [name])
        #expect(try index.bytes(of: 0, limit: 2) == [1, 2])
        #expect(index.others.count == 3)
        #expect(index.folders.map(\.description) == ["folder"])
    }

    @Test("Names that lead out of the archive are refused", arguments: ["../x", "/x", "a\\b"])
    func rejectsEscape(_ name: String) {
        var builder = TarBuilder()
        builder.add("ok", [1])
        builder.add(name, [1])
        expectError(.unsupported, at: 1024, name) { try index(builder.finished()) }
    }

    @Test("An archive cut off anywhere before its end mark is refused")
    func rejectsTruncation() throws {
        var builder = TarBuilder()
        builder.add("a", [1, 2, 3])
        builder.add("b", [UInt8](repeating: 7, count: 600))
        for count in stride(from: 0, through: builder.bytes.count, by: 64) {
            expectError(.truncated, "cut off") {
                try index(Array(builder.bytes.prefix(count)))
            }
        }
    }

    @Test("A size past the end, and an entry above the limit, are refused")
    func rejectsLyingSizes() throws {
        var builder = TarBuilder()
        builder.add("huge", [1], size: "77777777777")
        expectError(.truncated, at: 0, "'huge' needs 8589934591 bytes") {
            try index(builder.finished())
        }
        var large = TarBuilder()
        large.add("large", [UInt8](repeating: 0, count: 100))
        let archive = try index(large.finished())
        expectError(.tooLarge, "'large' has 100 bytes; at most 99") {
            try archive.bytes(of: 0, limit: 99)
        }
    }

    @Test("A pax size that overflows the file is refused")
    func rejectsLyingPax() {
        var builder = TarBuilder()
        builder.add("pax", Array("28 size=9223372036854775807\n".utf8), type: "x")
        builder.add("a", [1])
        expectError(.truncated, "9223372036854775807") { try index(builder.finished()) }
    }
}
