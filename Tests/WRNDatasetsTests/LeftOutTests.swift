// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets
@testable import WRNFetch

@Suite("Entries that are no images")
struct LeftOutTests {
    private static let gif = Array("GIF89a".utf8) + [1, 0, 1, 0]
    private static let tiff: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0]

    /// A file of each kind that also archives can hold, and those that are images.
    private static func files() throws -> [(name: String, bytes: [UInt8])] {
        let png = try Picture.png()
        return [
            ("cat/1.png", png), ("cat/2.PNG", png), ("cat/3.jfif", png), ("cat/4", png),
            ("cat/5.001", png), ("cat/6.gif", png), ("cat/deep/7.png", png), ("dog/1.png", png),
            ("dog/2.jpe", png), ("dog/broken.jpg", Array("<!DOCTYPE html>".utf8)),
            // From here on no images.
            ("cat/._1.png", [0, 5, 0x16, 7]), ("cat/.hidden.png", png), ("cat/Thumbs.db", [1]),
            ("cat/@eaDir/1.png", png), ("cat/@eaDir/more/2.png", png), ("cat/a.gif", gif),
            ("cat/b.tif", tiff), ("cat/c.heic", [1, 2, 3]), ("cat/notes.txt", []),
            ("cat/LICENSE", [0x41]),
            ("cat/9.002", [1]), ("dog/.cache/1.png", png), ("stray.png", png), ("labels.csv", []),
            (".DS_Store", [0]), (".ipynb_checkpoints/1-checkpoint.png", png),
            ("__MACOSX/cat/._1.png", [0]),
        ]
    }

    private static let expected: [String: Int] = [
        "apple_double": 1, "hidden": 2, "system_file": 2, "cache": 4, "other_format": 3,
        "no_image": 4, "without_class": 1,
    ]

    private func counts(_ report: ImageFolderReport) -> [String: Int] {
        Dictionary(
            ImageFolderReport.leftOut(of: [report]).map { ($0.reason.rawValue, $0.count) },
            uniquingKeysWith: +)
    }

    @Test("Every entry of a folder is an image or counted under its reason")
    func sumsOfFolder() throws {
        let directory = try TemporaryDirectory()
        for file in try Self.files() { try directory.write("data/" + file.name, file.bytes) }
        let path = directory.path + "/data"
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: path + "/cat/gone.jpg", withDestinationPath: "/nowhere")
        try manager.createSymbolicLink(atPath: path + "/emu", withDestinationPath: "/nowhere")
        try manager.createSymbolicLink(atPath: path + "/dog/loop", withDestinationPath: "..")
        try manager.createSymbolicLink(atPath: path + "/dog/3.png", withDestinationPath: "1.png")
        #expect(mkfifo(path + "/dog/pipe.jpg", 0o600) == 0)
        let images = try ImageFiles(path, .train, options: ImageFileOptions(seed: 3))
        let validation = try ImageFiles(path, .validation, options: ImageFileOptions(seed: 3))
        #expect(images.classNames == ["cat", "dog"])
        var expected = Self.expected
        expected["dangling_link"] = 2
        expected["special"] = 1
        expected["loop"] = 1
        // The link to the folder above is left out, and what it leads to is there once.
        #expect(counts(images.report) == expected)
        #expect(images.report.loops == ["dog/loop"])
        #expect(images.count + validation.count == 11)
        try directory.remove("data/dog/loop")
        let plain = try ImageFiles(path, .train)
        expected["loop"] = nil
        #expect(counts(plain.report) == expected)
        let total = try manager.subpathsOfDirectory(atPath: path).count { name in
            var isFolder: ObjCBool = false
            let exists = manager.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
            return !exists || !isFolder.boolValue
        }
        let rest = try ImageFiles(path, .validation)
        #expect(plain.count + rest.count == 11)
        #expect(plain.count + rest.count + plain.report.leftOutCount == total)
        #expect(plain.report.summary?.contains("\(total - 11) entries left out") == true)
    }

    @Test("Every entry of an archive is an image or counted under its reason")
    func sumsOfArchives() throws {
        let files = try Self.files()
        var (zip, tar) = (ZipBuilder(), TarBuilder())
        for file in files {
            zip.add(file.name, file.bytes)
            tar.add(file.name, file.bytes)
        }
        zip.add("dog/link.png", Array("1.png".utf8), .init(mode: 0o120777))
        tar.add("dog/link.png", [], type: "2")
        tar.add("/dev/null", [], type: "3")
        let stores = [
            (try ImageStore.zip(OpenFile(NamedBytes(zip.finished()))), 1),
            (try ImageStore.tar(OpenFile(NamedBytes(tar.finished()))), 2),
        ]
        for (store, links) in stores {
            let halves = try [Split.train, .validation].map {
                try ImageFiles(store, $0, options: ImageFileOptions())
            }
            var expected = Self.expected
            expected["archive_link"] = links
            #expect(counts(halves[0].report) == expected)
            #expect(halves[0].count + halves[1].count == 10)
            #expect(
                halves[0].count + halves[1].count + halves[0].report.leftOutCount
                    == files.count + links)
        }
    }

    @Test("Splits, folders beside them and a list of files count in the same way")
    func sumsOfSplits() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            ["Train", "Test"].flatMap { ["\($0)/a/1.png", "\($0)/b/1.png", "\($0)/b/._1.png"] }
                + ["more/x/1.png", "more/2.png", "unlabelled/1.png", "stray.png"])
        try directory.write("Test/notes.txt", [])
        let reports = try [Split.train, .test].map { try ImageFiles(directory.path, $0).report }
        let leftOut = ImageFolderReport.leftOut(of: reports)
        #expect(leftOut.reduce(0) { $0 + $1.count } == 2 + 3 + 1 + 1)
        #expect(
            leftOut.filter { $0.reason == .noSplit }.map { "\($0.detail) \($0.count)" }
                == ["more 2", "unlabelled 1"])
        var list = ImageList()
        try list.append(directory.path)
        #expect(list.count == 8)
        #expect(list.leftOut.map(\.count) == [1, 2])
    }

    @Test("What is left out is described in a few words, with the way to use it")
    func words() throws {
        let directory = try TemporaryDirectory()
        for file in try Self.files() { try directory.write(file.name, file.bytes) }
        let report = try ImageFiles(directory.path, .train).report
        for sentence in [
            "1 GIF image, not read here, left out; convert its first frame to PNG",
            "1 TIFF image, not read here, left out; convert it to PNG",
            "1 .heic file, not read here, left out; convert them to PNG",
            "1 AppleDouble file of macOS (._NAME), left out",
            "1 file of the system (thumbs.db), left out",
            "2 files in folders @eaDir, left out",
            "1 image without a class folder, left out; put them",
        ] {
            #expect(report.sentences.contains { $0.hasPrefix(sentence) }, "\(sentence)")
        }
        let example = try #require(report.leftOut.first { $0.reason == .appleDouble })
        #expect(example.examples == ["cat/._1.png"])
    }

    @Test("A folder that vanished, or cannot be looked into, is an error and no trap")
    func unreadableFolders() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["a/1.png"])
        let store = ImageStore.directory(directory.path)
        // It has no identity that can be read, as a folder that was moved away while its parent was
        // read.
        expectError(.unreadable, "/gone: ", "vanished") { try FolderWalk("gone", of: store) }
        expectError(.unreadable, "/a/1.png/x: ", "vanished") {
            try FolderWalk("a/1.png/x", of: store)
        }
        let walk = try FolderWalk("gone", of: store, collectsFailures: true)
        #expect(walk.failures.count == 1)
        #expect(walk.images.isEmpty)
        #if os(Linux)
            // Entries that come and go while they are read; whatever is found, nothing ends the
            // process.
            for _ in 0..<5 { _ = try? FolderWalk("fd", of: .directory("/proc/self")) }
            _ = try? ImageFiles("/proc/self/fd", .train)
            var list = ImageList()
            try? list.append("/proc/self/fd")
        #endif
        // As another user than root a folder without the right to search it lists names that
        // nothing can be read of.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o444], ofItemAtPath: directory.path + "/a")
        _ = try? FolderWalk("", of: store)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: directory.path + "/a")
    }

    @Test("In a list, what cannot be opened is one answer among others")
    func listOfFailures() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["1.png"])
        let zip = try directory.write(
            "2.jpg", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 7, count: 50))
        let gzip = try directory.write("3.PNG", [0x1F, 0x8B, 8, 0, 1, 2, 3])
        var list = ImageList()
        for path in [directory.path + "/1.png", zip, gzip] { try list.append(path) }
        expectError(.truncated, "broken.zip") {
            try list.append(directory.write("broken.zip", [0x50, 0x4B, 3, 4, 1]))
        }
        list.append(DataError(.notFound, file: "x", "there is no such file"), title: "x")
        #expect(list.count == 4)
        #expect(throws: Never.self) { try list.image(at: 0) }
        expectError(.unsupported, "2.jpg", "found a zip archive") { try list.image(at: 1) }
        expectError(.unsupported, "3.PNG", "found a gzip file") { try list.image(at: 2) }
        expectError(.notFound, "x: there is no such file") { try list.image(at: 3) }
        #expect(list.title(of: 3) == "x")
    }

    @Test("An archive of another kind is named, with what to do")
    func otherArchives() throws {
        let directory = try TemporaryDirectory()
        let cases: [(String, [UInt8], String)] = [
            (
                "a.tar.bz2", Array("BZh91AY".utf8),
                "found a bzip2 file; unpack it, for example with tar xf"
            ),
            ("a.tar.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "found an xz file; unpack it"),
            (
                "a.7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C],
                "found a 7z archive; unpack it, for example with 7z x"
            ),
            (
                "a.zip", Array("<html>".utf8),
                "found an HTML page; it was saved in place of the archive"
            ),
            ("b.zip", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git lfs pull"),
            ("c.zip", [], "found an empty file"),
        ]
        for (name, bytes, words) in cases {
            let path = try directory.write(name, bytes)
            expectError(.unsupported, words) { try ImageFiles(path, .train) }
            expectError(.unsupported, words) { try DataSource(path).load(.train) }
        }
    }
}
