// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNArchive
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Folders as people have them")
struct FolderReadingTests {
    @Test("Names of splits are known in any case and in the usual spellings")
    func splitNames() {
        let cases: [(Split?, [String])] = [
            (
                .train,
                [
                    "train", "Train", "TRAIN", "training", "Training", "train2017", "training_set",
                    "trainset", "Training Data", "seg_train", "train-images",
                ]
            ),
            (
                .validation,
                [
                    "val", "Val", "valid", "Valid", "validation", "Validation", "dev", "val2017",
                    "valset",
                ]
            ),
            (
                .test,
                [
                    "test", "Test", "testing", "Testing", "eval", "Evaluation", "test_set",
                    "testdata",
                ]
            ),
            (
                nil,
                [
                    "cat", "trains", "steam train", "test tube", "training shoe", "devil", "valley",
                    "train test", "2017", "images", "", "evaluate me",
                ]
            ),
        ]
        for (split, names) in cases {
            for name in names { #expect(SplitName.split(of: name) == split, "\(name)") }
        }
    }

    @Test(
        "Splits are found whatever their spelling",
        arguments: [
            (["Train", "Test"], "Test", "Test"),
            (["training", "validation"], "validation", "validation"),
            (["Train", "Valid"], "Valid", "Valid"),
            (["TRAINING_SET", "Dev", "eval"], "Dev", "eval"),
        ])
    func findsSplits(_ folders: [String], _ validation: String, _ test: String) throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(folders.flatMap { ["\($0)/cat/1.png", "\($0)/dog/1.png"] })
        let images = try ImageFiles(directory.path, .train)
        #expect(images.classNames == ["cat", "dog"])
        #expect(images.report.folder == folders[0])
        #expect(!images.report.isDrawn)
        #expect(try ImageFiles(directory.path, .validation).report.folder == validation)
        let tested = try ImageFiles(directory.path, .test).report
        #expect(tested.folder == test)
        #expect(tested.split == (folders.contains("eval") || test == "Test" ? .test : .validation))
    }

    @Test("Two folders of one split are refused, and so are splits without class folders")
    func refusesSplits() throws {
        let twice = try TemporaryDirectory()
        try twice.writePictures(["train/a/1.png", "Training/a/1.png", "val/a/1.png"])
        expectError(.inconsistent, "Training and train", "training images") {
            try ImageFiles(twice.path, .train)
        }
        for (names, lone) in [
            (["train/1.png", "test/1.png"], "train"), (["Train/1.png", "val/a/1.png"], "Train"),
            (["val/1.png", "test/1.png"], "test"),
        ] {
            let directory = try TemporaryDirectory()
            try directory.writePictures(names)
            expectError(
                .notFound, "/\(lone): ", "no class folders", "\(lone)/CLASS/NAME.jpg", "class map"
            ) {
                try ImageFiles(directory.path, .train)
            }
        }
        // With a class map they are classes.
        let classes = try TemporaryDirectory()
        try classes.writePictures(["data/train/1.png", "data/test/1.png"])
        let map = try classes.write("map.csv", "train\ntest\n".utf8)
        let options = ImageFileOptions(classMap: map)
        #expect(try ImageFiles(classes.path + "/data", .train, options: options).count == 2)
    }

    @Test("An image beside the classes of a split does not make a class of the split")
    func straysInSplits() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures([
            "train/a/1.png", "train/b/1.png", "train/stray.png", "val/a/1.png", "val/b/1.png",
            "test/1.png", "test/2.png",
        ])
        let images = try ImageFiles(directory.path, .train)
        #expect(images.classNames == ["a", "b"])
        // The stray one, and two of a test split without labels.
        #expect(images.report.imagesWithoutClass == 3)
        #expect(try ImageFiles(directory.path, .validation).report.imagesWithoutClass == 2)
    }

    @Test("A folder around everything is entered, and named")
    func entersWrappers() throws {
        for (names, root) in [
            (
                [
                    "dataset/cat/1.png", "dataset/cat/2.png", "dataset/dog/1.png",
                    "dataset/dog/2.png",
                ], "dataset"
            ),
            (
                [
                    "a/b/train/cat/1.png", "a/b/train/dog/1.png", "a/b/val/cat/1.png",
                    "a/b/val/dog/1.png",
                ], "a/b"
            ),
        ] {
            let directory = try TemporaryDirectory()
            try directory.writePictures(names)
            try directory.write("README.md", [])
            let images = try ImageFiles(directory.path, .train)
            #expect(images.classNames == ["cat", "dog"])
            #expect(images.report.enteredFolder == root)
            #expect(images.report.notes.contains { $0.contains("'\(root)'") })
            #expect(images.report.leftOutBeside.map(\.detail) == [".md"])
        }
        let twice = try TemporaryDirectory()
        try twice.writePictures(
            ["train", "test"].flatMap {
                ["seg_\($0)/seg_\($0)/a/1.png", "seg_\($0)/seg_\($0)/b/1.png"]
            })
        let images = try ImageFiles(twice.path, .train)
        #expect(images.report.folder == "seg_train/seg_train")
        #expect(images.classNames == ["a", "b"])
        // A class whose images lie deeper is no wrapper.
        let deep = try TemporaryDirectory()
        try deep.writePictures(["cat/images/1.png", "cat/images/2.png"])
        #expect(try ImageFiles(deep.path, .train).classNames == ["cat"])
        // In an archive, a split alone is a split.
        var builder = ZipBuilder()
        for name in ["test/a/1.png", "test/b/1.png"] { builder.add(name, try Picture.png()) }
        let store = try ImageStore.zip(OpenFile(NamedBytes(builder.finished())))
        #expect(try ImageFiles(store, .test, options: ImageFileOptions()).report.folder == "test")
    }

    @Test("Folders that hold the same folders are no classes, unless a class map says so")
    func refusesSameFolders() throws {
        let sessions = try TemporaryDirectory()
        try sessions.writePictures(
            ["one", "two", "three"].flatMap { ["data/\($0)/cat/1.png", "data/\($0)/dog/1.png"] })
        let path = sessions.path + "/data"
        expectError(
            .inconsistent, "the folders 'one', 'three', 'two' hold the same folders ('cat', 'dog')",
            "these seem to be the classes; give the path of one of them (\(path)/one)", "class map"
        ) { try ImageFiles(path, .train) }
        let map = try sessions.write("map", "one\ntwo\nthree".utf8)
        let options = ImageFileOptions(classMap: map)
        #expect(
            try ImageFiles(path, .train, options: options).classNames == ["one", "two", "three"])
        let inner = try TemporaryDirectory()
        try inner.writePictures(
            ["cat", "dog"].flatMap { ["\($0)/train/1.png", "\($0)/test/1.png"] })
        expectError(.inconsistent, "the splits seem to lie in the classes", "test/cat/NAME.jpg") {
            try ImageFiles(inner.path, .train)
        }
        // Folders within a class that differ, or are one, are as they always were.
        let breeds = try TemporaryDirectory()
        try breeds.writePictures([
            "dog/poodle/1.png", "dog/beagle/1.png", "cat/siamese/1.png", "cat/manx/1.png",
        ])
        #expect(try ImageFiles(breeds.path, .train).classNames == ["cat", "dog"])
        let tiny = try TemporaryDirectory()
        try tiny.writePictures(["n1/images/1.png", "n1/images/2.png", "n2/images/1.png"])
        #expect(try ImageFiles(tiny.path, .train).classNames == ["n1", "n2"])
    }

    @Test(
        "A folder of classes beside one of examples is refused with the path to give, also in archives"
    )
    func refusesLevels() throws {
        let names =
            (0..<3).flatMap { ["Dataset/\($0)/1.png", "Dataset/\($0)/2.png"] } + ["Examples/1.png"]
        let directory = try TemporaryDirectory()
        try directory.writePictures(names.map { "d/" + $0 })
        let (png, other) = (try Picture.png(), try TemporaryDirectory())
        var (zip, tar) = (ZipBuilder(), TarBuilder())
        for name in names {
            zip.add(name, png)
            tar.add(name, png)
        }
        let archives = [
            try other.write("x.zip", zip.finished()), try other.write("x.tar", tar.finished()),
        ]
        for path in [directory.path + "/d"] + archives {
            expectError(
                .inconsistent, "'Dataset' holds folders of images ('0', '1', '2')",
                "'Examples' holds no folders",
                "give its path (\(path)/Dataset)"
            ) { try DataSource(path).load(.train) }
            let images = try DataSource(path + "/Dataset").load(.train)
            #expect(images.classNames == ["0", "1", "2"])
            #expect(images.count == 3)
            #expect(images.name == path + "/Dataset")
            var list = ImageList()
            try list.append(path + "/Dataset/1")
            #expect(list.count == 2)
        }
        expectError(.notFound, "no folder 'Nothing' in the archive") {
            try DataSource(archives[0] + "/Nothing").load(.train)
        }
        expectError(.notFound, "no such file or directory") {
            try DataSource(directory.path + "/Nothing").load(.train)
        }
    }

    @Test("An archive whose images have no known ending is read in place, and arrays are not")
    func readsUnsureNames() throws {
        let (png, directory) = (try Picture.png(), try TemporaryDirectory())
        var tar = TarBuilder()
        for name in ["a/1.jfif", "a/2", "b/1.jpe", "b/2.jfif"] { tar.add(name, png) }
        // More bytes than are read of an archive that is no folder of images; the file has a hole.
        let byteCount = (FileBytes.maximumByteCount / 512 + 1) * 512
        tar.add("b/large.jfif", [], size: String(byteCount, radix: 8))
        let path = try directory.write("x.tar", tar.bytes)
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.truncate(atOffset: UInt64(tar.bytes.count + byteCount + 1024))
        try file.close()
        #expect(try DataSource(path).load(.train).classNames == ["a", "b"])
        let arrays = try directory.write(
            "cifar.tar", Gzip.unpack(DataFixture.bytes("cifar-10-python.tar.gz")).bytes)
        #expect(try DataSource(arrays).loadArrays(.test).name == "cifar10")
    }

    @Test("Two Unicode forms of a name are one class in two splits, and refused in one")
    func unicodeForms() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        let names = [
            "train/\(composed)/1.png", "train/b/1.png", "val/\(decomposed)/1.png", "val/b/1.png",
        ]
        let more = names + ["train/\(decomposed)/2.png"]
        let (directory, png) = (try TemporaryDirectory(), try Picture.png())
        func archive(_ names: [String]) throws -> ImageStore {
            var builder = ZipBuilder()
            for name in names { builder.add(name, png) }
            return try ImageStore.zip(OpenFile(NamedBytes(builder.finished())))
        }
        var stores = [(try archive(names), try archive(more))]
        // The file systems of Apple's systems take both forms for one name.
        if try keepsNamesApart() {
            try directory.writePictures(names.map { "two/" + $0 } + more.map { "three/" + $0 })
            let (two, three) = (directory.path + "/two", directory.path + "/three")
            stores.append((ImageStore.directory(two), ImageStore.directory(three)))
        }
        let options = ImageFileOptions()
        for (store, refused) in stores {
            let images = try ImageFiles(store, .validation, options: options)
            #expect(
                images.classNames.map { Array($0.utf8) } == [Array("b".utf8), Array(composed.utf8)])
            #expect(images.labels == [0, 1])
            #expect(
                images.report.notes.contains { $0.contains("another Unicode form (NFC, NFD)") })
            #expect(try ImageFiles(store, .train, options: options).report.notes.isEmpty)
            expectError(
                .inconsistent, "look alike", "U+0301", "U+00E9", "put their images into one"
            ) {
                try ImageFiles(refused, .train, options: options)
            }
        }
        let cases = try TemporaryDirectory()
        try cases.writePictures(["train/Cat/1.png", "val/cat/1.png"])
        expectError(.inconsistent, "differ in upper and lower case only") {
            try ImageFiles(cases.path, .train)
        }
    }

    @Test("Control characters in names of classes and files are in no message as they are")
    func controlCharacters() throws {
        for name in ["a\u{1B}]0;owned\u{7}", "a\nb", "a\u{85}b"] {
            let directory = try TemporaryDirectory()
            try directory.writePictures([
                "data/\(name)/\(name).png", "data/\(name)/1.png", "data/b/1.png", "data/b/2.png",
            ])
            try directory.write("data/b/\(name).jpg", "no image".utf8)
            try directory.write("data/b/\(name).tx\(name)", [])
            let path = directory.path + "/data"
            let images = try ImageFiles(path, .train)
            // A program gets the name as it is.
            #expect(Set(images.classNames) == [name, "b"])
            var texts = images.report.sentences + [ClassBalance(of: images).summary]
            texts += ClassBalance(of: images).warnings + [images.report.summary ?? ""]
            for split in [Split.train, .validation] {
                let images = try ImageFiles(path, split)
                texts += try SplitInspection(of: images, split).broken.map(\.message)
            }
            let map = try directory.write("map", "b\n".utf8)
            do {
                _ = try ImageFiles(path, .train, options: ImageFileOptions(classMap: map))
            } catch {
                texts.append(error.message)
            }
            #expect(texts.contains { $0.contains("\\u{") })
            for text in texts {
                #expect(
                    !text.unicodeScalars.contains { $0.properties.generalCategory == .control },
                    "\(text.debugDescription)")
            }
        }
    }

    @Test("One class, small classes and unequal ones are warned of")
    func balance() throws {
        func warnings(_ counts: [Int]) throws -> [String] {
            let labels = counts.enumerated().flatMap { Array(repeating: $0, count: $1) }
            return try ClassBalance(
                of: LabelledImages(
                    name: "x", channels: 1, height: 1, width: 1,
                    pixels: labels.map { _ in 0 }, labels: labels,
                    classNames: counts.indices.map { "c\($0)" })
            ).warnings
        }
        #expect(try warnings([50]).count == 1)
        #expect(try warnings([50])[0].contains("only one class ('c0')"))
        #expect(try warnings([10, 99]) == [])
        #expect(try warnings([9, 20]) == ["1 class has fewer than 10 images: c0: 9"])
        #expect(
            try warnings([100, 10, 11, 9]) == [
                "1 class has fewer than 10 images: c3: 9",
                "1 class has at least 10 times fewer images than the largest, which has 100: "
                    + "c1: 10",
            ])
        let directory = try TemporaryDirectory()
        try directory.writePictures((0..<12).map { "a/\($0).png" } + (0..<20).map { "b/\($0).png" })
        let balance = ClassBalance(of: try ImageFiles(directory.path, .train))
        #expect(balance.summary == "2 classes: a: 11, b: 18")
        #expect(balance.warnings == [])
        // Names that are numbers are distinguished from the counts.
        let digits = ClassBalance(
            of: try LabelledImages(
                name: "x", channels: 1, height: 1, width: 1, pixels: [0, 0, 0], labels: [0, 1, 1],
                classNames: ["0", "16"]))
        #expect(digits.summary == "2 classes: 0: 1, 16: 2")
        let few = try SplitInspection(
            of: ImageFiles(directory.path, .train).prefix(8), .train)
        #expect(few.notes == ["2 classes have fewer than 10 images: a: 4, b: 4"])
    }

    @Test("Two files of one name are refused, and two that only look alike are two")
    func rejectsDuplicates() throws {
        var builder = ZipBuilder()
        builder.add("cat/a.png", [1])
        builder.add("./cat/a.png", [2])
        expectError(.malformed, "second entry named 'a.png'") {
            try ImageStore.zip(OpenFile(NamedBytes(builder.finished())))
        }
        var alike = ZipBuilder()
        alike.add("cat/\u{E9}.png", [1])
        alike.add("cat/e\u{301}.png", [2])
        let store = try ImageStore.zip(OpenFile(NamedBytes(alike.finished())))
        #expect(try store.contents(of: "cat").files.count == 2)
    }
}
