// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFetch
import WRNFiles
import WRNImages
import WRNTestSupport

@testable import WRNDatasets

@Suite("Folds of images")
struct ImageFoldTests {
    @Test(
        "each image is in one fold, and the folds and their classes differ by one image at most",
        arguments: [2, 3, 5, 7])
    func balanced(count: Int) {
        let labels = (0..<101).map { $0 % 3 == 0 ? 0 : $0 % 7 == 0 ? 2 : 1 }
        let folds = ImageFold.indices(labels: labels, classes: 3, count: count, seed: 4)
        #expect(folds.count == count)
        #expect(folds.flatMap { $0 }.sorted() == Array(labels.indices))
        #expect(folds.allSatisfy { $0 == $0.sorted() })
        let sizes = folds.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        for label in 0..<3 {
            let shares = folds.map { $0.count { labels[$0] == label } }
            #expect((shares.max() ?? 0) - (shares.min() ?? 0) <= 1)
        }
    }

    @Test("the folds are those of the seed, always the same ones")
    func deterministic() {
        let labels = (0..<12).map { $0 % 2 }
        func folds(_ seed: UInt64) -> [[Int]] {
            ImageFold.indices(labels: labels, classes: 2, count: 3, seed: seed)
        }
        #expect(folds(0) == folds(0))
        #expect(folds(0) != folds(1))
        // By the written rule in another program, with its own Philox. A change of the rule would
        // mix the images of runs that have begun.
        #expect(
            folds(0) == [[3, 4, 7, 10], [1, 2, 8, 9], [0, 5, 6, 11]])
    }

    @Test("copies follow the image that is dealt before them")
    func together() {
        let folds = StratifiedDeal.folds(
            of: [0, 1, 2, 3, 4], labels: [0, 0, 0, 0, 0], first: [0], count: 2,
            leader: { $0 == 3 ? 0 : $0 })
        #expect(folds == [[0, 2, 3], [1, 4]])
    }

    private func titles(
        _ path: String, _ split: Split, _ fold: ImageFold?
    ) throws -> [String] {
        let images = try DataSource(path).folded(fold).load(split)
        return images.labels.indices.map { images.title(of: $0).replacing(path + "/", with: "") }
    }

    @Test("a folder's drawn splits are joined and divided anew")
    func sharedFolder() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures((0..<9).flatMap { ["a/\($0).png", "b/\($0).png"] })
        let all = Set(
            try titles(directory.path, .train, nil) + titles(directory.path, .validation, nil))
        #expect(all.count == 18)
        var seen: [String] = []
        for number in 1...3 {
            let fold = ImageFold(number: number, count: 3)
            let held = try titles(directory.path, .validation, fold)
            let train = try titles(directory.path, .train, fold)
            #expect(held.count == 6 && held.count { $0.hasPrefix("a") } == 3)
            #expect(Set(held).isDisjoint(with: train))
            #expect(Set(held + train) == all)
            #expect(try titles(directory.path, .test, fold) == held)
            let source = DataSource(directory.path).folded(fold)
            #expect(try source.load(.train).split == .train)
            #expect(try source.load(.validation).split == .validation)
            seen += held
        }
        #expect(Set(seen) == all && seen.count == 18)
    }

    @Test(
        "a folder's validation images are divided with the training images, its test images never")
    func ownSplits() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(
            (0..<4).map { "train/a/\($0).png" } + (0..<4).map { "train/b/\($0).png" }
                + (0..<2).flatMap { ["val/a/\($0).png", "val/b/\($0).png"] }
                + (0..<2).flatMap { ["test/a/\($0).png", "test/b/\($0).png"] })
        var held: [String] = []
        for number in 1...2 {
            let fold = ImageFold(number: number, count: 2)
            held += try titles(directory.path, .validation, fold)
            #expect(
                try titles(directory.path, .test, fold).allSatisfy { $0.hasPrefix("test/") })
            #expect(try DataSource(directory.path).folded(fold).load(.test).split == .test)
        }
        #expect(held.count == 12 && held.allSatisfy { !$0.hasPrefix("test/") })
        #expect(held.count { $0.hasPrefix("val/") } == 4)
    }

    @Test("arrays are divided, and keep their numbers in messages")
    func arrays() throws {
        let source = DataSource("fashion-mnist-small")
        let whole = try source.load(.train)
        let fold = ImageFold(number: 2, count: 4, seed: 3)
        let held = try source.folded(fold).load(.validation)
        let train = try source.folded(fold).load(.train)
        #expect(held.count + train.count == whole.count)
        #expect(abs(4 * held.count - whole.count) < 4)
        let indices = ImageFold.indices(
            labels: whole.labels, classes: 10, count: 4, seed: 3)[1]
        #expect(held.labels == indices.map { whole.labels[$0] })
        #expect(held.title(of: 5) == whole.title(of: indices[5]))
        #expect(try held.fittedImage(at: 5).pixels == whole.fittedImage(at: indices[5]).pixels)
        #expect(held.split == .validation && train.split == .train)
        #expect(try source.folded(fold).load(.test).count == source.load(.test).count)
    }

    @Test("too few images are refused with a sentence")
    func tooFew() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures(["a/1.png", "a/2.png", "a/3.png", "b/1.png"])
        expectError(.invalidArgument, "expected at least 2 images of each class for folds") {
            try DataSource(directory.path).folded(ImageFold(number: 1, count: 2)).load(.train)
        }
        try directory.writePictures(["b/2.png"])
        expectError(.invalidArgument, "expected at least 9 images for 9 folds, found 5") {
            try DataSource(directory.path).folded(ImageFold(number: 1, count: 9)).load(.train)
        }
        #expect(ImageFold(number: 4, count: 3).problem?.contains("in 1...3, not 4") == true)
        #expect(ImageFold(number: 1, count: 1).problem?.contains("in 2...100, not 1") == true)
        #expect(ImageFold(number: 2, count: 2).problem == nil)
    }
}
