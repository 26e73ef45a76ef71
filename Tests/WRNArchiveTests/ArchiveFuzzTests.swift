// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

/// Seeded changes to valid archives and pickles: a reader returns data or one error, and never
/// crashes.
@Suite("Fuzz: gzip, tar, zip and pickles")
struct ArchiveFuzzTests {
    @Test("Changed gzip files are read or refused")
    func gzip() throws {
        // The checksum finds nearly every change, so no success is required.
        let source = try DataFixture.bytes("idx/t10k-images-idx3-ubyte.gz")
        try fuzz(source, needsSuccess: false) { _ = try Gzip.unpack($0, limit: 1 << 20) }
    }

    @Test("Changed tar archives in memory are read or refused", arguments: ["gnu", "pax", "ustar"])
    func tar(_ form: String) throws {
        try fuzz(DataFixture.bytes("tars/\(form).tar")) { _ = try TarArchive($0) }
    }

    @Test("Changed tar archives on disk are read or refused")
    func tarInPlace() throws {
        try fuzz(DataFixture.bytes("images/photos.tar")) { source in
            let index = try TarIndex(OpenFile(source))
            for entry in index.entries.indices { _ = try index.bytes(of: entry, limit: 1 << 20) }
        }
    }

    @Test(
        "Changed zip archives are read or refused, with and without zip64",
        arguments: [false, true])
    func zip(_ usesZip64: Bool) throws {
        // Small entries: the closer the headers lie, the more changes affect one.
        var builder = ZipBuilder()
        builder.add("a/1.png", [1, 2, 3], .init(usesZip64: usesZip64))
        let sum = ZipBuilder.checksum([4, 5, 6, 7])
        builder.add(
            "a/2.png", ZipBuilder.deflated([4, 5, 6, 7]),
            .init(method: 8, byteCount: 4, checksum: sum))
        builder.add("b/")
        try fuzz(NamedBytes(builder.finished(usesZip64: usesZip64))) { source in
            let archive = try ZipArchive(OpenFile(source))
            for entry in archive.entries.indices {
                _ = try archive.bytes(of: entry, limit: 1 << 20)
            }
        }
    }

    @Test("Changed pickles of every protocol are read or refused", arguments: 0...5)
    func pickle(_ version: Int) throws {
        try fuzz(DataFixture.bytes("pickles/protocol\(version).pickle")) { source in
            let document = try PickleReader.read(source)
            for key in ["data", "column_major"] {
                _ = document.value(of: key).flatMap(document.array)?.rowMajorBytes.count
            }
        }
    }
}
