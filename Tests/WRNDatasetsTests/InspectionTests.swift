// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNTestSupport

@testable import WRNDatasets

@Suite("Inspections")
struct InspectionTests {
    private let options = ImageFileOptions(height: 4, width: 6)

    @Test(
        "A folder's classes, sizes, formats and levels are counted",
        arguments: ["images", "images/deflated.zip"])
    func inspectsFolder(_ source: String) throws {
        let images = try ImageFiles(DataFixture.path(source), .train, options: options)
        let inspection = try SplitInspection(of: images, .train)
        #expect(inspection.count == 3)
        #expect(inspection.classes.map(\.name) == ["cat", "dog"])
        #expect(inspection.classes.map(\.count) == [2, 1])
        #expect(inspection.formats == ["jpeg": 1, "png": 1, "webp": 1])
        let (widths, heights) = (try #require(inspection.widths), try #require(inspection.heights))
        #expect([widths.minimum, widths.median, widths.maximum] == [7, 7, 7])
        #expect([heights.minimum, heights.median, heights.maximum] == [5, 5, 5])
        #expect(inspection.broken.isEmpty)
        // The definition, the slow way.
        let fitted = try (0..<3).map { try images.fittedImage(at: $0) }
        for channel in 0..<3 {
            let levels = fitted.flatMap { image in
                stride(from: channel, to: image.pixels.count, by: 3).map {
                    Double(image.pixels[$0]) / 255
                }
            }
            let mean = levels.reduce(0, +) / Double(levels.count)
            let variance =
                levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(levels.count)
            #expect(abs(inspection.mean[channel] - mean) < 1e-12)
            #expect(abs(inspection.standardDeviation[channel] - variance.squareRoot()) < 1e-12)
        }
    }

    @Test("Broken files are named in order, and leave the rest alone")
    func namesBrokenFiles() throws {
        let directory = try TemporaryDirectory()
        let names = (10..<60).map { "train/a/\($0).png" }
        try directory.writePictures(names + ["val/a/1.png"])
        for name in ["train/a/12.png", "train/a/59.png"] { try directory.write(name, [1, 2, 3]) }
        let images = try ImageFiles(directory.path, .train, options: options)
        let inspection = try SplitInspection(of: images, .train)
        #expect(
            inspection.broken.map(\.title)
                == ["12", "59"].map { directory.path + "/train/a/\($0).png" })
        #expect(inspection.broken.allSatisfy { $0.message.contains($0.title + ": ") })
        #expect(inspection.count == 50)
        #expect(inspection.formats == ["png": 48])
    }

    @Test("Arrays are inspected, too, and an inspection can be stopped")
    func inspectsArrays() throws {
        let images = try Formula.images(20)
        let inspection = try SplitInspection(of: images, .test)
        #expect(inspection.formats == ["array": 20])
        #expect(inspection.widths?.maximum == 8)
        #expect(throws: CancellationError.self) {
            try SplitInspection(of: images, .test, isCancelled: { true })
        }
    }

    @Test("The catalogue says what is there, and where")
    func lists() throws {
        let directory = try TemporaryDirectory()
        let cache = DatasetCache(directory: directory.path, systemDirectory: nil)
        let all = cache.listings()
        #expect(all.map(\.name) == DataSource.knownNames)
        #expect(all.allSatisfy { !$0.summary.isEmpty })
        let found = all.filter { $0.directory != nil }
        #expect(found.map(\.name) == ["fashion-mnist-small"])
        #expect(found.map(\.directory) == ["the program itself"])
        #expect(all.first { $0.name == "svhn-extra" }?.downloadByteCount == 1_575_594_780)
        for name in ["train", "test"] { try directory.write("svhn/\(name)_32x32.mat", []) }
        #expect(
            cache.listings().filter { $0.directory != nil }.map(\.name)
                == ["fashion-mnist-small", "svhn"])
        #expect(try DataSource("/no/path", cache: cache).download() == nil)
    }
}
