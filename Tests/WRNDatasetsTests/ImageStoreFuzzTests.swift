// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

/// Seeded changes to archives of images, MATLAB files and class maps: a reader returns data or a
/// `DataError`, and never crashes.
@Suite("Fuzz: archives of images, SVHN and class maps")
struct ImageStoreFuzzTests {
    /// Small entries: the closer the headers lie, the more changes affect one.
    private static func zip(usesZip64: Bool) -> NamedBytes {
        var builder = ZipBuilder()
        builder.add("a/1.png", [1, 2, 3], .init(usesZip64: usesZip64))
        let sum = ZipBuilder.checksum([4, 5, 6, 7])
        builder.add(
            "a/2.png", ZipBuilder.deflated([4, 5, 6, 7]),
            .init(method: 8, byteCount: 4, checksum: sum))
        builder.add("b/")
        return NamedBytes(builder.finished(usesZip64: usesZip64))
    }

    private func readAll(_ store: ImageStore) throws {
        let images = try FolderWalk("", of: store).images
        for image in images {
            _ = try store.bytes(of: image.path, entry: image.entry, limit: 1 << 20)
        }
    }

    @Test(
        "Changed zip archives are read or refused, with and without zip64",
        arguments: [false, true])
    func zip(_ usesZip64: Bool) throws {
        try fuzz(Self.zip(usesZip64: usesZip64)) { source in
            try readAll(.zip(OpenFile(source)))
        }
    }

    @Test(
        "Changed archives of Python's zipfile are read or refused",
        arguments: ["stored", "deflated", "large"])
    func pythonsZip(_ form: String) throws {
        try fuzz(DataFixture.bytes("images/\(form).zip")) { try readAll(.zip(OpenFile($0))) }
    }

    @Test("Changed tar archives are read in place or refused")
    func tar() throws {
        try fuzz(DataFixture.bytes("images/photos.tar")) { try readAll(.tar(OpenFile($0))) }
    }

    @Test("A changed zip archive is listed with its classes or refused")
    func listing() throws {
        try fuzz(DataFixture.bytes("images/deflated.zip")) { source in
            let store = try ImageStore.zip(OpenFile(source))
            let options = ImageFileOptions(allowsEmptyClasses: true)
            let images = try ImageFiles(store, .train, options: options)
            for index in 0..<images.count { _ = try images.fittedImage(at: index) }
        }
    }

    @Test("Changed MATLAB files are read or refused, compressed or not", arguments: [false, true])
    func mat(_ isPacked: Bool) throws {
        let arrays = [
            MATBuilder.array("X", [1, 1, 3, 2], [1, 2, 3, 4, 5, 6]),
            MATBuilder.array("y", [2, 1], [10, 9]),
        ]
        var builder = MATBuilder()
        for array in arrays { builder.add(isPacked ? MATBuilder.packed(array) : array) }
        // A change inside compressed data is found by their checksum.
        try fuzz(NamedBytes(builder.bytes)) { source in
            var pixels: [UInt8] = []
            _ = try SVHNFile(OpenFile(source), after: &pixels)
        }
    }

    @Test(
        "Changed class maps are read or refused",
        arguments: ["n01\tcat\nn02\tdog\n", "b,bee\na,ant", #"{"b": 0, "a": 1}"#, #"{"b": "x"}"#])
    func classMap(_ text: String) throws {
        try fuzz(NamedBytes(Array(text.utf8))) { _ = try ClassMap($0) }
    }
}
