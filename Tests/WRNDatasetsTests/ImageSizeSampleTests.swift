// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNImages
import WRNTestSupport

@testable import WRNDatasets

@Suite("The sizes of image files")
struct ImageSizeSampleTests {
    private func picture(_ height: Int, _ width: Int) throws -> [UInt8] {
        try PixelImage(
            height: height, width: width, channels: 1,
            pixels: Array(repeating: 7, count: height * width)
        ).png()
    }

    private func images(_ place: TemporaryDirectory) throws -> ImageFiles {
        var options = ImageFileOptions(height: 8, width: 8)
        options.takesWhole = true
        return try ImageFiles(place.path + "/photos", .train, options: options)
    }

    @Test("The median of the shorter sides, by headers of files spread over the set")
    func median() throws {
        let place = try TemporaryDirectory()
        for (number, size) in [(10, 90), (90, 20), (30, 30), (40, 50), (60, 50)].enumerated() {
            try place.write("photos/a/\(number).png", try picture(size.0, size.1))
        }
        // Of a file with its header alone nothing else is looked at.
        try place.write("photos/b/1.png", Array(try picture(70, 80).prefix(40)))
        let files = try images(place)
        let all = try ImageSizeSample(of: files)
        // 10, 20, 30, 40, 50, 70
        #expect(all.medianSide == 40 && all.count == 6)
        // Images 0, 2 and 4: 10, 30, 50.
        #expect(try ImageSizeSample(of: files, count: 3).medianSide == 30)
        #expect(try ImageSizeSample(of: files, count: 1).medianSide == 10)
    }

    @Test("Files without a header are passed over, and a set of them is refused in one sentence")
    func broken() throws {
        let place = try TemporaryDirectory()
        try place.write("photos/a/1.png", Array("no image".utf8))
        try place.write("photos/a/2.png", [])
        try place.write("photos/b/1.png", try picture(12, 9))
        let some = try ImageSizeSample(of: images(place))
        #expect(some.medianSide == 9 && some.count == 1)
        try place.write("photos/b/1.png", [0x89, 0x50])
        let error = #expect(throws: DataError.self) { try ImageSizeSample(of: self.images(place)) }
        #expect(
            error?.message.hasPrefix(
                "\(place.path)/photos: expected image files, found none that can be read among 3 files of the set, for example \(place.path)/photos/a/1.png: "
            ) == true, "\(error?.message ?? "")")
    }

    @Test("The same files are prepared to another size, and a size that cannot be is refused")
    func resized() throws {
        let place = try TemporaryDirectory()
        try place.write("photos/a/1.png", try picture(12, 9))
        try place.write("photos/b/1.png", try picture(12, 9))
        let files = try images(place)
        var options = files.options
        (options.height, options.width, options.channels) = (4, 6, 1)
        let small = try files.resized(options)
        #expect((small.height, small.width, small.channels) == (4, 6, 1))
        #expect(small.fingerprint == files.fingerprint)
        let image = try small.fittedImage(at: 1)
        #expect((image.height, image.width, image.channels) == (4, 6, 1))
        options.height = 0
        #expect(throws: DataError.self) { try files.resized(options) }
    }
}
