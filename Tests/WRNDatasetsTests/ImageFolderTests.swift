// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Folders of images")
struct ImageFolderTests {
    @Test("Splits have many names, and the right one is read")
    func findsSplits() throws {
        let cases: [(folders: [String], validation: String, test: String)] = [
            (["val"], "val", "val"), (["valid"], "valid", "valid"),
            (["validation"], "validation", "validation"), (["test"], "test", "test"),
            (["val", "test"], "val", "test"),
        ]
        for (folders, validation, test) in cases {
            let directory = try TemporaryDirectory()
            try directory.writePictures(
                (["train"] + folders).flatMap { ["\($0)/cat/1.png", "\($0)/dog/1.png"] })
            func folder(_ split: Split) throws -> String {
                try ImageFiles(directory.path, split).report.folder
            }
            #expect(try folder(.train) == "train")
            #expect(try folder(.validation) == validation)
            #expect(try folder(.test) == test)
            // The set has the split that its images are of, not the requested one.
            for split in Split.allCases {
                let images = try ImageFiles(directory.path, split)
                let expected: Split =
                    split == .train ? .train : try folder(split) == "test" ? .test : .validation
                #expect(images.split == expected)
                #expect(images.prefix(1).split == expected)
            }
        }
    }

    @Test("Two folders of validation images are refused")
    func rejectsTwoValidations() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["train/a/1.png", "val/a/1.png", "valid/a/1.png"])
        expectError(.inconsistent, "val and valid") { try ImageFiles(directory.path, .train) }
    }

    @Test("Without splits a tenth of each class is drawn, always the same for a seed")
    func drawsSplit() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            (0..<40).map { "a/\($0).png" } + (0..<3).map { "b/\($0).png" } + ["c/1.png"])
        func titles(_ split: Split, seed: UInt64 = 0) throws -> [String] {
            let images = try ImageFiles(
                directory.path, split, options: ImageFileOptions(seed: seed))
            #expect(images.report.isDrawn)
            return images.labels.indices.map(images.title)
        }
        let (train, test) = (try titles(.train), try titles(.test))
        #expect(test.count == 5)
        #expect(train.count == 39)
        #expect(Set(train + test).count == 44)
        #expect(test.count { $0.contains("/a/") } == 4)
        #expect(try titles(.validation) == test)
        #expect(try ImageFiles(directory.path, .test).split == .validation)
        #expect(try ImageFiles(directory.path, .train).split == .train)
        #expect(try titles(.test) == test)
        #expect(try titles(.test, seed: 1) != test)
        // Another class changes nothing in these.
        try directory.writePictures(["Aa/1.png", "Aa/2.png"])
        #expect(try titles(.test).filter { !$0.contains("/Aa/") } == test)
    }

    @Test("The draw of a seed is fixed for ever")
    func drawIsFixed() {
        let split = StratifiedSplit(fraction: 0.2, seed: 7)
        let chosen = split.isForValidation(folder: "cat", count: 20)
        #expect(chosen.indices.filter { chosen[$0] } == [5, 9, 12, 13])
        #expect(split.isForValidation(folder: "cat", count: 1) == [false])
        #expect(split.isForValidation(folder: "cat", count: 2).count { $0 } == 1)
        #expect(
            StratifiedSplit(fraction: 0.99, seed: 7).isForValidation(folder: "cat", count: 9)
                .count { $0 } == 8)
    }

    @Test("A class called 'train' is a class where its images lie in it")
    func trainMayBeAClass() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            ["train/1.png", "train/2.png", "bus/1.png", "bus/2.png", "train/more/3.png"])
        #expect(try ImageFiles(directory.path, .train).classNames == ["bus", "train"])
    }

    @Test("A folder 'train' of folders, alone beside one of images, is refused with both readings")
    func refusesLoneSplitBesideImages() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            ["train/steam", "train/diesel", "bus"].flatMap {
                ["data/\($0)/1.png", "data/\($0)/2.png"]
            })
        let path = directory.path + "/data"
        for split in Split.allCases {
            expectError(
                .inconsistent, path + ": ", "'bus' beside it holds images",
                "give its path (\(path)/train)", "if 'bus', 'train' are the classes", "class map"
            ) { try ImageFiles(path, split) }
        }
        #expect(try ImageFiles(path + "/train", .train).classNames == ["diesel", "steam"])
        let map = try directory.write("map", "bus\ntrain\n".utf8)
        let options = ImageFileOptions(classMap: map)
        #expect(try ImageFiles(path, .train, options: options).classNames == ["bus", "train"])
        // What has no images of its own is no class.
        try directory.remove("data/bus")
        try directory.writePictures(["data/bus/more/1.png"])
        #expect(try ImageFiles(path, .train).report.ignoredFolders == ["bus"])
    }

    @Test("Splits with other classes are refused, and the difference is named")
    func rejectsDifferentClasses() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures([
            "train/a/1.png", "train/b/1.png", "val/a/1.png", "val/c/1.png",
        ])
        expectError(.inconsistent, "without 'b', also 'c'", directory.path + "/val") {
            try ImageFiles(directory.path, .train)
        }
    }

    @Test("Empty classes are named, and permitted on request")
    func reportsEmptyClasses() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["a/1.png", "a/2.png"])
        try directory.write("b/notes.txt", [])
        try directory.write("c/x.bmp", [])
        expectError(.notFound, "2 of 3 classes have no images ('b', 'c')") {
            try ImageFiles(directory.path, .train)
        }
        let images = try ImageFiles(
            directory.path, .train, options: ImageFileOptions(allowsEmptyClasses: true))
        #expect(images.classNames == ["a", "b", "c"])
        #expect(images.report.emptyClasses == ["b", "c"])
        #expect(images.report.sentences.contains { $0.contains("'b', 'c'") })
    }

    @Test("Images without a class, of other formats, and folders beside the splits are reported")
    func reportsLeftovers() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            ["train/a/1.png", "train/stray.png", "val/a/1.png", "stray.jpg", "more/a/1.png"])
        for name in ["a.HEIC", "b.tif", "c.tif"] { try directory.write("train/a/" + name, []) }
        try directory.write("train/a/README", [])
        let before = directory.contents
        // 'train' with an image of its own would be a class.
        try directory.remove("train/stray.png")
        let report = try ImageFiles(directory.path, .train).report
        #expect(report.unreadImages == ["heic": 1, "tif": 2])
        #expect(report.otherFiles == 1)
        #expect(report.imagesWithoutClass == 1)
        #expect(report.ignoredFolders == ["more"])
        #expect(report.sentences.count == 5)
        #expect(report.leftOutCount == 3 + 1 + 1 + 1)
        #expect(before.count == (directory.contents).count + 1)
    }

    @Test("A folder without images says what was looked for, and what was found")
    func explainsNothing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("a/1.tif", [])
        try directory.write("2.png", [])
        expectError(
            .notFound, "CLASS/NAME.jpg", "1 folder without images",
            "1 image without a class folder", "1 .tif file, not read here"
        ) { try ImageFiles(directory.path, .train) }
    }

    @Test("A folder that links to itself ends, and is reported")
    func survivesSymlinkLoop() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["a/1.png", "a/2.png", "a/deep/3.png", "b/1.png", "b/2.png"])
        let files = FileManager.default
        try files.createSymbolicLink(
            atPath: directory.path + "/a/deep/loop", withDestinationPath: "..")
        try files.createSymbolicLink(
            atPath: directory.path + "/a/self", withDestinationPath: directory.path)
        try files.createSymbolicLink(
            atPath: directory.path + "/a/nowhere", withDestinationPath: "/no/such/place")
        try files.createSymbolicLink(
            atPath: directory.path + "/a/also.png", withDestinationPath: "1.png")
        let halves = try [Split.train, .test].map { try ImageFiles(directory.path, $0) }
        // By the link to the root images of the other class would be this one's.
        #expect(halves[0].count + halves[1].count == 4 + 2)
        #expect(halves[0].report.loops.sorted() == ["a/deep/loop", "a/self"])
    }

    @Test("A link from a class to a folder above it, in splits and beside them, is left out")
    func leavesOutLinksUp() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            ["train", "val"].flatMap { ["\($0)/a/1.png", "\($0)/b/1.png"] } + ["more/2.png"])
        for (link, target) in [("train/a/split", ".."), ("val/b/root", "../.."), ("more/up", "..")]
        {
            try FileManager.default.createSymbolicLink(
                atPath: directory.path + "/" + link, withDestinationPath: target)
        }
        let (train, validation) = try (
            ImageFiles(directory.path, .train), ImageFiles(directory.path, .validation)
        )
        #expect(train.count == 2 && train.report.loops == ["train/a/split"])
        #expect(validation.count == 2 && validation.report.loops == ["val/b/root"])
        #expect(train.report.count(.noSplit) == 1)
    }

    #if os(Linux)
        @Test("A name that is not UTF-8 is refused by its folder")
        func rejectsOtherEncodings() throws {
            let directory = try TemporaryDirectory()
            try directory.writePictures(["a/1.png"])
            let name =
                Array((directory.path + "/a/").utf8) + [0xB0, 0xED, 0x2E, 0x6A, 0x70, 0x67, 0]
            let descriptor = name.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    $0.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o644) } ?? -1
                }
            }
            #expect(descriptor >= 0)
            close(descriptor)
            expectError(.unsupported, directory.path + "/a", "not UTF-8") {
                try ImageFiles(directory.path, .train)
            }
        }
    #endif

    @Test("In an archive, one folder around everything, and what macOS adds, do not matter")
    func findsRootOfArchive() throws {
        var builder = ZipBuilder()
        let png = try Picture.png()
        builder.add("pets 2/", [])
        builder.add("__MACOSX/pets 2/cat/._1.png", [0])
        for name in ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"] {
            builder.add("pets 2/" + name, png)
        }
        builder.add("pets 2/link", Array("cat".utf8), .init(mode: 0o120777))
        let store = try ImageStore.zip(OpenFile(NamedBytes(builder.finished())))
        let images = try ImageFiles(store, .train, options: ImageFileOptions())
        #expect(images.classNames == ["cat", "dog"])
        #expect(images.count == 2)
        #expect(images.report.links == 1)
    }

    @Test("Only test images, without training images, can be judged by and not learnt from")
    func readsTestAlone() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["test/a/1.png", "test/b/1.png"])
        #expect(try ImageFiles(directory.path, .test).count == 2)
        expectError(.noSplit, "the folder 'train' is missing") {
            try ImageFiles(directory.path, .train)
        }
    }

    @Test("An empty folder of a split is refused rather than passed over")
    func refusesEmptySplit() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["train/a/1.png", "train/a/2.png", "test/a/1.png"])
        try directory.write("val/.DS_Store", [])
        for split in Split.allCases {
            expectError(.notFound, "/val: ", "the folder is empty", "val/CLASS/NAME.jpg") {
                try ImageFiles(directory.path, split)
            }
        }
        // Images without classes are counted, and are no split.
        try directory.remove("val/.DS_Store")
        try directory.writePictures(["val/1.png"])
        #expect(try ImageFiles(directory.path, .train).report.imagesWithoutClass == 1)
    }

    @Test("A training folder alone is split by chance")
    func splitsTrainAlone() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            (0..<10).flatMap { ["train/a/\($0).png", "train/b/\($0).png"] })
        #expect(try ImageFiles(directory.path, .train).count == 18)
        #expect(try ImageFiles(directory.path, .test).count == 2)
    }
}
