// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Lists of images that are left out")
struct ImageExclusionTests {
    private let options = ImageFileOptions(height: 4, width: 6)

    private func place() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            ["train", "val", "test"].flatMap { split in
                ["cat", "dog"].flatMap { name in (1...3).map { "data/\(split)/\(name)/\($0).png" } }
            })
        return directory
    }

    private func source(_ place: TemporaryDirectory, _ list: String) throws -> DataSource {
        try place.write("list.txt", Array(list.utf8))
        return DataSource(place.path + "/data", options: options)
            .excluding(try ImageExclusion(contentsOf: place.path + "/list.txt"))
    }

    private func names(_ images: any ImageSet) -> [String] {
        images.labels.indices.map { ImageName.of($0, in: images) }
    }

    @Test("Named images are left out of each split, the others stay as they are")
    func leavesOut() throws {
        let place = try place()
        let source = try source(
            place,
            "# a comment\n\ntrain/cat/2.png\r\n./val/dog/1.png\n\"test/dog/3.png\"\ntrain/cat/2.png"
        )
        let train = try source.load(.train)
        #expect(
            names(train) == [
                "train/cat/1.png", "train/cat/3.png", "train/dog/1.png", "train/dog/2.png",
                "train/dog/3.png",
            ])
        #expect(train.labels == [0, 0, 1, 1, 1] && train.split == .train)
        #expect(names(try source.load(.validation)).count == 5)
        #expect(!names(try source.load(.test)).contains("test/dog/3.png"))
    }

    @Test("A drawn split draws the same images, with those of the list left out")
    func drawnSplit() throws {
        let place = try TemporaryDirectory()
        try place.writePictures(
            (1...20).map { "data/cat/\($0).png" } + ["data/dog/1.png", "data/dog/2.png"])
        let whole = DataSource(place.path + "/data", options: options)
        let (train, validation) = (try whole.load(.train), try whole.load(.validation))
        let (first, held) = (ImageName.of(0, in: train), ImageName.of(0, in: validation))
        let fewer = try source(place, "\(first)\n\(held)\n")
        #expect(names(try fewer.load(.train)) == names(train).filter { $0 != first })
        #expect(names(try fewer.load(.validation)) == names(validation).filter { $0 != held })
    }

    @Test("Images in arrays are named by their split and number, which the others keep")
    func arrays() throws {
        let images = try Formula.images(12).marked(as: .train)
        let rest = images.without([0, 5])
        #expect(rest.count == 10 && rest.labels == [1, 2, 3, 4, 6, 7, 8, 9, 0, 1])
        #expect(ImageName.of(0, in: rest) == "train/1" && ImageName.of(9, in: rest) == "train/11")
        #expect(rest.title(of: 4) == "tiny: image 6")
        #expect(rest.pixels(of: 4) == images.pixels(of: 6))
        #expect(ImageName.of(4, in: rest.prefix(5)) == "train/6")
        #expect(ImageName.of(0, in: rest.without([0])) == "train/2")
    }

    @Test("A name that no image has is refused with its line, its number of others, and an example")
    func unknownNames() throws {
        let place = try place()
        let source = try source(place, "#\ntrain/cat/1.png\ntrain/cow/1.png\nval/cat/9.png\n")
        for split in Split.allCases {
            let error = try #require(throws: DataError.self) { try source.load(split) }
            #expect(error.code == .notFound && error.file == place.path + "/list.txt")
            #expect(error.message.contains("line 3: expected the name of an image of "))
            #expect(error.message.contains(#"found "train/cow/1.png""#))
            #expect(error.message.contains("1 more name"))
            #expect(error.message.contains("/cat/1.png\""))
        }
    }

    @Test("A list that leaves no image of a class, or none at all, is refused")
    func leavesNothing() throws {
        let place = try place()
        let noDogs = try source(place, (1...3).map { "train/dog/\($0).png\n" }.joined())
        let error = try #require(throws: DataError.self) { try noDogs.load(.train) }
        #expect(error.message.contains("none of the 3 training images of the class 'dog'"))
        #expect(try noDogs.load(.validation).count == 6)
        let all = ["cat", "dog"].flatMap { name in (1...3).map { "val/\(name)/\($0).png\n" } }
        let nothing = try source(place, all.joined())
        #expect(throws: DataError.self) { try nothing.load(.validation) }
        var lenient = options
        lenient.allowsEmptyClasses = true
        try place.write("list.txt", Array((1...3).map { "train/dog/\($0).png\n" }.joined().utf8))
        let allowed = DataSource(place.path + "/data", options: lenient)
            .excluding(try ImageExclusion(contentsOf: place.path + "/list.txt"))
        #expect(try allowed.load(.train).labels == [0, 0, 0])
    }

    @Test("Names with any characters come back from a list as they were")
    func awkwardNames() throws {
        let names = [
            "cat/#1.png", " a.png", "a.png ", "\"a\".png", "line\nend.png", "./x.png", "é/日本.png",
        ]
        let text = names.map(ImageExclusion.line).joined(separator: "\n")
        #expect(text.split(separator: "\n").count == names.count)
        let place = try TemporaryDirectory()
        try place.write("list", Array(text.utf8))
        let list = try ImageExclusion(contentsOf: place.path + "/list")
        #expect(list.count == names.count)
        for name in names {
            try place.write("list", Array(ImageExclusion.line(for: name).utf8))
            let one = try ImageExclusion(contentsOf: place.path + "/list")
            #expect(one.names.map { Array($0.utf8) } == [Array(name.utf8)])
        }
    }

    @Test("Of two files whose names differ in their Unicode form only the named one is left out")
    func unicodeForms() throws {
        let (composed, decomposed) = ("train/cat/\u{E9}.png", "train/cat/e\u{301}.png")
        let place = try place()
        try place.writePictures(["data/\(composed)", "data/\(decomposed)"])
        let all = names(try DataSource(place.path + "/data", options: options).load(.train))
        let bytes = all.map { Array($0.utf8) }
        // A file system that keeps one form only has one of them.
        if bytes.contains(Array(composed.utf8)), bytes.contains(Array(decomposed.utf8)) {
            let rest = names(try source(place, composed + "\n").load(.train))
            #expect(rest.map { Array($0.utf8) } == bytes.filter { $0 != Array(composed.utf8) })
            try place.remove("data/\(decomposed)")
        }
        // A list from another system has the other form.
        #expect(names(try source(place, decomposed + "\n").load(.train)).count == 6)
    }

    @Test("A file that is no list is refused in one sentence")
    func refusesFiles() throws {
        let place = try TemporaryDirectory()
        let cases: [([UInt8], String)] = [
            ([0x61, 0xFF, 0x0A], "in UTF-8"), (Array("a\n\"b\n".utf8), "line 2"),
        ]
        for (bytes, words) in cases {
            try place.write("list", bytes)
            let error = try #require(throws: DataError.self) {
                try ImageExclusion(contentsOf: place.path + "/list")
            }
            #expect(error.message.contains(words), "\(error.message)")
        }
        #expect(throws: DataError.self) { try ImageExclusion(contentsOf: place.path + "/none") }
    }

    @Test("Images that two splits share are counted before training")
    func sharedImages() throws {
        let directory = try TemporaryDirectory()
        let png = try Picture.png()
        let jpeg = Array(try DataFixture.bytes("images/train/cat/2.jpg").bytes)
        for (name, bytes) in [
            ("train/cat/1.png", png), ("train/dog/2.jpg", jpeg), ("val/cat/9.png", png),
            ("val/dog/8.png", png + [0]),
        ] { try directory.write(name, bytes) }
        let (train, val) = (
            try ImageFiles(directory.path, .train, options: options),
            try ImageFiles(directory.path, .validation, options: options)
        )
        let shared = try #require(SharedImages(train, val))
        #expect(shared.count == 1)
        #expect(shared.example?.first == "train/cat/1.png")
        #expect(shared.example?.second == "val/cat/9.png")
        let arrays = try Formula.images(10)
        #expect(SharedImages(arrays, arrays.without([1, 2]))?.count == 8)
        #expect(SharedImages(arrays, val) == nil)
    }
}
