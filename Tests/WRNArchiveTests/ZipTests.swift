// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Zip archives")
struct ZipTests {
    private func archive(_ bytes: [UInt8]) throws -> ZipArchive {
        try ZipArchive(OpenFile(NamedBytes(bytes)))
    }

    @Test(
        "Stored and deflated files are those that Python zipped",
        arguments: ["stored", "deflated", "large"])
    func readsPythonsArchives(_ form: String) throws {
        let archive = try ZipArchive(OpenFile(DataFixture.path("images/\(form).zip")))
        let paths = archive.entries.map(\.path.description)
        #expect(
            paths == [
                "photos/train/cat/1.png", "photos/train/cat/2.jpg",
                "photos/train/dog/more/3.webp", "photos/val/cat/4.png", "photos/val/dog/5.png",
            ])
        for (index, path) in paths.enumerated() {
            let expected = try DataFixture.bytes("images/" + path.dropFirst("photos/".count)).bytes
            #expect(try archive.bytes(of: index, limit: 10_000) == Array(expected), "\(path)")
        }
    }

    @Test("Archives with zip64's large numbers are read", arguments: [false, true])
    func readsZip64(_ usesZip64: Bool) throws {
        var builder = ZipBuilder()
        builder.add("a", [1, 2, 3], .init(usesZip64: true))
        let packed = ZipBuilder.deflated([4, 5])
        let sum = ZipBuilder.checksum([4, 5])
        builder.add(
            "b", packed, .init(method: 8, byteCount: 2, checksum: sum, usesZip64: true))
        let archive = try archive(builder.finished(usesZip64: usesZip64))
        #expect(try archive.bytes(of: 0, limit: 10) == [1, 2, 3])
        #expect(try archive.bytes(of: 1, limit: 10) == [4, 5])
    }

    @Test("Folders are told from files, links from both, and a comment at the end is permitted")
    func tellsKinds() throws {
        var builder = ZipBuilder()
        builder.add("folder/")
        builder.add("folder/link", Array("../../etc/passwd".utf8), .init(mode: 0o120777))
        builder.add("folder/empty", [])
        var bytes = builder.finished()
        bytes[bytes.count - 2] = 5
        let archive = try archive(bytes + Array("hello".utf8))
        #expect(archive.folders.map(\.description) == ["folder"])
        #expect(archive.entries.map(\.isLink) == [true, false])
        #expect(try archive.bytes(of: 1, limit: 0) == [])
    }

    @Test("An empty archive has no entries")
    func readsEmpty() throws {
        #expect(try archive(ZipBuilder().finished()).entries.isEmpty)
    }
}
