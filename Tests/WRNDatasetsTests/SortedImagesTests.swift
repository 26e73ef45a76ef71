// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFetch
import WRNTestSupport

@testable import WRNDatasets

@Suite("Image files sorted into folders")
struct SortedImagesTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        // Placing needs no image, only bytes.
        try directory.write("one", to: "in/a/1.jpg")
        try directory.write("two", to: "in/b/1.jpg")
        try directory.write("one", to: "in/c/1.jpg")
        try directory.write("three", to: "in/c/no ending")
        try directory.write("four", to: "in/c/.hidden.jpg")
    }

    private func list(_ names: [String]) throws -> ImageList {
        var files = ImageList()
        for name in names { try files.append(directory.path + "/" + name) }
        return files
    }

    private func sorted(
        _ files: ImageList, into folder: String = "out", classes: [String] = ["cat", "dog"],
        as kind: SortedImages.Kind = .copies, _ classIndex: (Int) -> Int? = { _ in 0 }
    ) throws -> SortedImages {
        var sorted = try SortedImages(
            in: directory.path + "/" + folder, classNames: classes, as: kind)
        for index in 0..<files.count {
            _ = try sorted.place(index, of: files, in: classIndex(index))
        }
        return sorted
    }

    /// The relative paths of the files in a folder.
    private func files(in folder: String) -> [String] {
        directory.contents.filter {
            $0.hasPrefix(folder + "/") && $0.split(separator: "/").count > 2
        }
        .map { String($0.dropFirst(folder.count + 1)) }
    }

    @Test("copies have the files' bytes; another file of a name gets a number, the same does not")
    func copies() throws {
        let files = try list(["in/a/1.jpg", "in/b/1.jpg", "in/c/1.jpg", "in/c/no ending"])
        let result = try sorted(files) { [0, 0, 0, nil][$0] }
        #expect(self.files(in: "out") == ["cat/1-2.jpg", "cat/1.jpg", "unknown/no ending"])
        #expect(try directory.bytes("out/cat/1.jpg") == Data("one".utf8))
        #expect(try directory.bytes("out/cat/1-2.jpg") == Data("two".utf8))
        #expect(result.counts == [3, 0, 1])
        #expect(result.presentCount == 1)
        #expect(result.elsewhereCount == 0)
        #expect(try directory.bytes("in/a/1.jpg") == Data("one".utf8))
    }

    @Test("a second run changes nothing, and a later one adds what is missing")
    func repeats() throws {
        let files = try list(["in/a/1.jpg", "in/b/1.jpg"])
        _ = try sorted(files)
        let before = directory.contents
        #expect(try sorted(files).presentCount == 2)
        #expect(directory.contents == before)
        try directory.remove("out/cat/1.jpg")
        let again = try sorted(files)
        #expect(again.presentCount == 1)
        #expect(directory.contents == before)
        // The model has another opinion now: the old copy stays, and is counted.
        let other = try sorted(files) { _ in 1 }
        #expect(other.elsewhereCount == 1)
        #expect(self.files(in: "out").count == 4)
    }

    @Test("nothing that is there is overwritten, whatever it is")
    func keepsOthers() throws {
        try directory.write("mine", to: "out/cat/1.jpg")
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/out/cat/1-2.jpg", withDestinationPath: "nowhere")
        try directory.write("mine", to: "out/cat/1-3.jpg/inside")
        _ = try sorted(list(["in/a/1.jpg"]))
        #expect(try directory.bytes("out/cat/1.jpg") == Data("mine".utf8))
        #expect(try directory.bytes("out/cat/1-4.jpg") == Data("one".utf8))
        #expect(
            try FileManager.default.destinationOfSymbolicLink(
                atPath: directory.path + "/out/cat/1-2.jpg") == "nowhere")
    }

    @Test("links lead to the files, and a second run finds them")
    func links() throws {
        let files = try list(["in/a/1.jpg", "in/b/1.jpg"])
        _ = try sorted(files, as: .links)
        #expect(try sorted(files, as: .links).presentCount == 2)
        #expect(self.files(in: "out") == ["cat/1-2.jpg", "cat/1.jpg"])
        #expect(
            try FileManager.default.destinationOfSymbolicLink(
                atPath: directory.path + "/out/cat/1.jpg") == directory.path + "/in/a/1.jpg")
        #expect(try directory.bytes("out/cat/1-2.jpg") == Data("two".utf8))
    }

    @Test("bytes in memory are copied under a name of their own, and cannot be linked to")
    func bytes() throws {
        var files = ImageList()
        files.append(Array("bytes".utf8), title: "standard input")
        _ = try sorted(files)
        #expect(self.files(in: "out") == ["cat/image.img"])
        #expect(files.firstWithoutFile == 0)
        let error = #expect(throws: DataError.self) { try sorted(files, into: "links", as: .links) }
        #expect(error?.code == .unsupported)
    }

    @Test("a class has a folder of its own whatever its name is")
    func folders() {
        #expect(
            SortedImages.folderNames(of: [
                "T-shirt/top", "T-shirt_top", "..", "", "unknown", "Unknown", "a\nb", "unknown",
            ]) == [
                "T-shirt_top", "T-shirt_top-2", "_..", "_", "unknown", "Unknown-2", "a\\u{a}b",
                "unknown-3",
            ])
        let long = SortedImages.folderNames(of: [String(repeating: "ß", count: 300)])[0]
        #expect(long.utf8.count == 200)
    }

    @Test("numbers stand before the ending, in a name that no file system refuses")
    func names() {
        #expect(SortedImages.numbered("1.jpg", 1) == "1.jpg")
        #expect(SortedImages.numbered("a.b.jpg", 2) == "a.b-2.jpg")
        #expect(SortedImages.numbered("name", 3) == "name-3")
        #expect(SortedImages.numbered(".jpg", 2) == ".jpg-2")
        let long = SortedImages.numbered(String(repeating: "x", count: 300) + ".jpg", 12)
        #expect(long.utf8.count == 255 && long.hasSuffix("x-12.jpg"))
        #expect(SortedImages.name("1.jpg", 1, ending: ".map.png") == "1.jpg.map.png")
        #expect(SortedImages.name("1.jpg", 2, ending: ".map.png") == "1.jpg-2.map.png")
        // No character is cut in two.
        let wide = String(repeating: "ß", count: 200)[...]
        #expect(SortedImages.name(wide, 1, ending: "a") == "\(wide.prefix(127))a")
        #expect(SortedImages.name(wide, 1, ending: "ab") == "\(wide.prefix(126))ab")
    }

    @Test("a directory that cannot be made is an error with its path")
    func refusesFile() throws {
        try directory.write("a file", to: "out")
        let error = #expect(throws: DataError.self) { try sorted(list(["in/a/1.jpg"])) }
        #expect(error?.code == .unwritable)
        #expect(error?.message.contains("expected a directory for sorted images") == true)
    }

    @Test("files below a directory are removed from a list, links in it too, others stay")
    func removesResults() throws {
        try directory.writePictures([
            "photos/1.png", "photos/sorted/cat/1.png", "photos/sorted2/1.png",
        ])
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/photos/sorted/cat/2.png",
            withDestinationPath: directory.path + "/photos/1.png")
        var files = try list(["photos"])
        #expect(files.count == 4)
        #expect(files.remove(below: directory.path + "/photos/sorted/") == 2)
        #expect(
            (0..<files.count).map(files.title) == [
                directory.path + "/photos/1.png", directory.path + "/photos/sorted2/1.png",
            ])
        #expect(files.remove(below: directory.path + "/none") == 0)
    }
}
