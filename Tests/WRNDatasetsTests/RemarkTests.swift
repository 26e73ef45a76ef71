// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles
import WRNImages
import WRNTestSupport

@testable import WRNDatasets

@Suite("Images that are read and not as they should be")
struct RemarkTests {
    /// A PNG of 16-bit grey, one row.
    static func deepGrey(_ values: [UInt16]) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        }
        func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
            let data = Array(type.utf8) + body
            return number(UInt32(body.count)) + data + number(ZipBuilder.checksum(data))
        }
        let row: [UInt8] = [0] + values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in row {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", number(UInt32(values.count)) + number(1) + [16, 0, 0, 0, 0])
            + chunk("IDAT", [0x78, 1] + ZipBuilder.deflated(row) + number(high << 16 | low))
            + chunk("IEND", [])
    }

    /// A JPEG whose scan ends in its middle.
    static func cutShort() throws -> [UInt8] {
        var bytes = Array(try DataFixture.bytes("images/train/cat/2.jpg").bytes)
        let scan = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
        let middle = scan + 14 + (bytes.count - scan - 16) / 3
        bytes.replaceSubrange(middle..<middle + 2, with: [0xFF, 0xD9])
        return bytes
    }

    @Test(
        "are named by an inspection, and said once by who decodes them",
        .enabled(if: decodesAsPillow))
    func inspection() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures([
            "train/a/1.png", "train/b/1.png", "val/a/1.png", "val/b/1.png",
        ])
        try directory.write("train/a/2.png", Self.deepGrey([0, 255, 256, 65535]))
        try directory.write("train/a/3.png", Self.deepGrey([0, 1, 255, 200]))
        try directory.write("train/b/2.png", Self.deepGrey([300, 400, 500]))
        try directory.write("train/b/3.jpg", try Self.cutShort())
        let images = try ImageFiles(
            directory.path, .train, options: ImageFileOptions(height: 4, width: 6))
        let inspection = try SplitInspection(of: images, .train)
        #expect(inspection.broken.isEmpty)
        #expect(
            inspection.clipped.map { $0.message.replacing(directory.path + "/train/", with: "") }
                == [
                    "a/2.png: 50 % of its pixels become white",
                    "b/2.png: 100 % of its pixels become white",
                ])
        #expect(inspection.damaged.map(\.title) == [directory.path + "/train/b/3.jpg"])
        #expect(images.remarks.newSentences().isEmpty)
        for _ in 0..<2 {
            for index in images.labels.indices { _ = try images.fittedImage(at: index) }
        }
        let sentences = images.remarks.newSentences()
        #expect(sentences.count == 2)
        #expect(
            sentences[0].hasPrefix(
                "2 images (\(directory.path)/train/a/2.png and others) are 16-bit grey"))
        // Without the level, 12 of 16 bits would become 4 of 8.
        #expect(sentences[0].contains("-depth 8") && sentences[0].contains("-level 0,4095"))
        #expect(sentences[1].hasPrefix("1 image (\(directory.path)/train/b/3.jpg) is damaged"))
        #expect(images.remarks.newSentences().isEmpty)
        var list = ImageList()
        try list.append(directory.path)
        for index in 0..<list.count { _ = try list.image(at: index) }
        #expect(list.remarks.newSentences().count == 2)
    }
}
