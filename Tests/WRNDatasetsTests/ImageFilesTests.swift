// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Testing
import WRNFiles
import WRNImages
import WRNTestSupport
import WRNThreads

@testable import WRNDatasets
@testable import WRNFetch

@Suite("Image files")
struct ImageFilesTests {
    private static let sources = [
        "images", "images/stored.zip", "images/deflated.zip", "images/large.zip",
        "images/photos.tar",
    ]
    private static let small = ImageFileOptions(height: 4, width: 6)

    private func titles(_ images: ImageFiles) -> [String] {
        images.labels.indices.map { String(images.title(of: $0).dropFirst(images.name.count + 1)) }
    }

    @Test("Classes and files come in torchvision's order, byte for byte")
    func ordersAsTorchvision() throws {
        let names = try String(
            decoding: DataFixture.bytes("images/awkward.txt").bytes, as: UTF8.self)
        let expected = try String(
            decoding: DataFixture.bytes("images/order.txt").bytes, as: UTF8.self)
        let directory = try TemporaryDirectory()
        var builder = ZipBuilder()
        for name in names.split(separator: "\n") {
            try directory.write(String(name), [])
            builder.add(String(name))
        }
        let options = ImageFileOptions()
        var stores = [try ImageStore.zip(OpenFile(NamedBytes(builder.finished())))]
        if try keepsNamesApart() { stores.append(.directory(directory.path)) }
        for store in stores {
            // The two halves of the chance split together are all files.
            let halves = try [Split.train, .test].map {
                try ImageListing(of: store, $0, options: options)
            }
            let all = halves.flatMap { half in
                zip(half.labels, half.images).map { "\($0)\t\($1.path)" }
            }
            let lines = expected.split(separator: "\n").map(String.init)
            let order = Dictionary(
                uniqueKeysWithValues: lines.enumerated().map { (Array($1.utf8), $0) })
            for half in halves {
                let places = zip(half.labels, half.images).map {
                    order[Array("\($0)\t\($1.path)".utf8)]
                }
                #expect(places == places.compactMap(\.self).sorted())
            }
            #expect(all.count == lines.count)
            #expect(halves[0].report.unreadImages == ["gif": 1])
            #expect(halves[0].report.otherFiles == 1)
        }
    }

    @Test(
        "A directory and its archives give the same pictures, pixel for pixel", arguments: sources)
    func readsEverywhere(_ source: String) throws {
        for (split, seeds) in [(Split.train, [1, 2, 3]), (.test, [4, 5]), (.validation, [4, 5])] {
            let images = try ImageFiles(DataFixture.path(source), split, options: Self.small)
            #expect(images.classNames == ["cat", "dog"])
            #expect(images.labels == (split == .train ? [0, 0, 1] : [0, 1]))
            for (index, seed) in seeds.enumerated() {
                let image = try images.image(at: index, cropping: { _, _ in nil })
                #expect([image.height, image.width, image.channels] == [5, 7, 3])
                // Number 2 is a JPEG, which is not exact.
                if seed != 2 { #expect(image.pixels == Picture.pixels(seed), "\(seed)") }
            }
            #expect(images.title(of: 0).hasSuffix(split == .train ? "cat/1.png" : "val/cat/4.png"))
        }
    }

    @Test("A part of a picture is that part of the whole")
    func crops() throws {
        let images = try ImageFiles(DataFixture.path("images"), .train, options: Self.small)
        for index in 0..<3 {
            let whole = try images.image(at: index, cropping: { _, _ in nil })
            let asked = Locked<[Int]>([])
            let region = PixelRegion(top: 1, left: 2, height: 3, width: 4)
            let part = try images.image(at: index) { height, width in
                asked.withLock { $0 = [height, width] }
                return region
            }
            #expect(part == whole.cropped(to: region))
            #expect(asked.withLock { $0 } == [5, 7])
        }
    }

    @Test("A fitted picture has the set's size, and its channels")
    func fits() throws {
        for channels in [1, 3] {
            let options = ImageFileOptions(height: 4, width: 6, channels: channels)
            let images = try ImageFiles(DataFixture.path("images"), .train, options: options)
            let image = try images.fittedImage(at: 2)
            #expect([image.height, image.width, image.channels] == [4, 6, channels])
            #expect([images.height, images.width, images.channels] == [4, 6, channels])
            #expect(
                image
                    == ImagePreparation.fitted(height: 4, width: 6)(
                        try images.image(at: 2, cropping: { _, _ in nil })))
        }
    }

    @Test("Several threads read one archive at once", arguments: sources)
    func isThreadSafe(_ source: String) throws {
        let images = try ImageFiles(DataFixture.path(source), .train, options: Self.small)
        let expected = try (0..<3).map { try images.image(at: $0, cropping: { _, _ in nil }) }
        let wrong = Locked(0)
        DispatchQueue.concurrentPerform(iterations: 300) { number in
            if (try? images.image(at: number % 3, cropping: { _, _ in nil }))
                != expected[number % 3]
            {
                wrong.withLock { $0 += 1 }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
    }

    @Test("A damaged picture is an error with its path, not a crash")
    func namesDamagedFile() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"])
        let png = try Picture.png()
        try directory.write("train/cat/1.png", png)
        try directory.write("train/cat/2.jpg", "no picture".utf8)
        try directory.write("train/dog/1.png", png.prefix(50))
        for name in ["cat", "dog"] { try directory.write("val/\(name)/1.png", png) }
        let images = try ImageFiles(directory.path, .train)
        #expect(throws: Never.self) { try images.fittedImage(at: 0) }
        expectError(.unsupported, directory.path + "/train/cat/2.jpg: ") {
            try images.image(at: 1, cropping: { _, _ in nil })
        }
        #expect(throws: DataError.self) { try images.fittedImage(at: 2) }
    }

    @Test("A few images are of all classes, and of few the few of few")
    func prefixIsFair() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            (0..<9).map { "train/a/\($0).png" } + (0..<2).map { "train/b/\($0).png" }
                + (0..<5).map { "train/c/\($0).png" } + ["a", "b", "c"].map { "val/\($0)/1.png" })
        let images = try ImageFiles(directory.path, .train)
        #expect(
            titles(images.prefix(4)) == [
                "train/a/0.png", "train/a/1.png", "train/b/0.png", "train/c/0.png",
            ]
        )
        #expect(images.prefix(9).labels == [0, 0, 0, 0, 1, 1, 2, 2, 2])
        #expect(titles(images.prefix(9).prefix(4)) == titles(images.prefix(4)))
        #expect(images.prefix(0).count == 0)
        #expect(titles(images.prefix(99)) == titles(images))
        #expect(images.prefix(-3).count == 0)
    }

    @Test("Options out of range are refused")
    func rejectsOptions() {
        let path = DataFixture.path("images")
        for options in [
            ImageFileOptions(height: 0), ImageFileOptions(width: 9000),
            ImageFileOptions(channels: 2),
            ImageFileOptions(height: 32, preparation: .torchvisionV1),
            ImageFileOptions(validationFraction: 0),
            ImageFileOptions(validationFraction: 1), ImageFileOptions(validationFraction: .nan),
        ] {
            expectError(.invalidArgument) { try ImageFiles(path, .train, options: options) }
        }
    }
}
