// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNTestSupport

/// What Pillow 13 refuses is refused, what it reads is read; here the cases of which both were
/// seen.
@Suite("A damaged image file", .enabled(if: decodesAsPillow))
struct DamagedImageTests {
    /// A JPEG, and a place in the middle of its first scan.
    private func jpeg(_ name: String) throws -> (bytes: [UInt8], middle: Int) {
        let bytes = try Fixtures.image(name)
        let scan = try #require(
            bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
        return (bytes, scan + 14 + (bytes.count - scan - 14) / 2)
    }

    @Test(
        "that is a JPEG with a marker in its scan that may not stand there is refused",
        arguments: [0xD8, 0xFB, 0x02, 0xF0] as [UInt8])
    func strayMarker(_ code: UInt8) throws {
        for name in ["baseline_420.jpg", "baseline_444.jpg", "part_baseline_420.jpg"] {
            var (bytes, middle) = try jpeg(name)
            bytes.replaceSubrange(middle..<middle + 2, with: [0xFF, code])
            expectImageError(.malformed, "damaged") { try PixelImage(decoding: bytes, file: "x") }
            // A rectangle above the damage is refused, too: evaluation and training see the same
            // files.
            expectImageError(.malformed, "damaged") {
                try PixelImage(decoding: bytes, file: "x") { _, _ in
                    PixelRegion(top: 0, left: 0, height: 1, width: 1)
                }
            }
        }
    }

    @Test("that is a JPEG whose scan ends early is read as Pillow reads it, with a remark")
    func earlyEnd() throws {
        for name in ["baseline_420.jpg", "baseline_444.jpg"] {
            var (bytes, middle) = try jpeg(name)
            #expect(try PixelImage.decoding(bytes, file: "x").remark == nil)
            let whole = try PixelImage(decoding: bytes, file: "x")
            bytes.replaceSubrange(middle..<middle + 2, with: [0xFF, 0xD9])
            let (image, remark) = try PixelImage.decoding(bytes, file: "x")
            #expect(remark == .damaged("Corrupt JPEG data: premature end of data segment"))
            #expect((image.height, image.width) == (whole.height, whole.width))
            #expect(image != whole)
        }
    }

    @Test(
        "that is a JPEG with all rows and no end marker is read with a remark, unless it is cut off"
    )
    func missingEnd() throws {
        let bytes = try Fixtures.image("baseline_420.jpg")
        let whole = try PixelImage(decoding: bytes, file: "x")
        for filling in [[UInt8](repeating: 0, count: 300), Array("garbage garbage".utf8)] {
            let (image, remark) = try PixelImage.decoding(
                Array(bytes.dropLast(2)) + filling, file: "x")
            #expect(image == whole)
            #expect(remark != nil)
        }
        // Bytes behind the end do no harm.
        #expect(try PixelImage.decoding(bytes + bytes, file: "x").remark == nil)
        expectImageError(.truncated, "cut off") {
            try PixelImage(decoding: Array(bytes.dropLast(2)), file: "x")
        }
    }

    @Test("that is a PNG with wrong ancillary chunks has its pixels, and is no lack of memory")
    func ancillaryChunks() throws {
        let bytes = try Fixtures.image("type2_8bit.png")
        let whole = try PixelImage(decoding: bytes, file: "x")
        for type in ["eXIf", "iCCP", "tEXt", "gAMA", "zTXt", "tRNS", "hIST"] {
            for body in [[], [0], [UInt8](repeating: 7, count: 40)] as [[UInt8]] {
                let chunk = Self.chunk(type, body)
                let early = bytes[..<33] + chunk + chunk + bytes[33...]
                let late = bytes.dropLast(12) + chunk + bytes.suffix(12)
                for changed in [Array(early), Array(late)] {
                    let (image, remark) = try PixelImage.decoding(changed, file: "x")
                    #expect(image == whole, "\(type) of \(body.count) bytes")
                    #expect(remark == nil)
                }
            }
        }
        // A chunk that must be understood is refused, as is one that leads out of the file.
        expectImageError(.malformed) {
            try PixelImage(
                decoding: Array(bytes[..<33] + Self.chunk("EXIf", [1]) + bytes[33...]), file: "x")
        }
        var endless = Array(bytes[..<33] + Self.chunk("eXIf", []) + bytes[33...])
        endless[33] = 0x7F
        expectImageError(.malformed) { try PixelImage(decoding: endless, file: "x") }
    }

    /// A chunk with a checksum of zero, which counts for nothing where the chunk does not.
    private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        [0, 0, 0, UInt8(body.count)] + Array(type.utf8) + body + [0, 0, 0, 0]
    }

    @Test("that is a PNG of 16 bits of grey says how much of it becomes white")
    func clippedGrey() throws {
        let deep = try PixelImage.decoding(Fixtures.image("type0_16bit.png"), file: "x")
        guard case .clippedGrey(let fraction) = deep.remark else {
            Issue.record("expected a remark, found \(String(describing: deep.remark))")
            return
        }
        let pixels = deep.image.pixels
        let white = pixels.count { $0 == 255 }
        // A value of exactly 255 is not clipped, so there may be fewer of those that are.
        #expect(fraction > 0.5 && fraction <= Double(white) / Double(pixels.count))
        for name in ["type0_8bit.png", "type2_16bit.png", "type4_16bit.png"] {
            #expect(
                try PixelImage.decoding(Fixtures.image(name), file: "x").remark == nil, "\(name)")
        }
    }

    @Test("is not what a photograph of 108 million pixels is")
    func largePhotograph() throws {
        // The header of 12000 x 9000 pixels: it passes the limit, and then the data end.
        var png = Array(try Fixtures.image("type2_8bit.png").prefix(33))
        png.replaceSubrange(16..<24, with: [0, 0, 0x2E, 0xE0, 0, 0, 0x23, 0x28])
        for (count, code) in [(107_999_999, ImageError.Code.tooLarge), (108_000_000, .malformed)] {
            expectImageError(code) {
                try PixelImage(
                    decoding: png, file: "x", limits: ImageLimits(maximumPixelCount: count))
            }
        }
        expectImageError(.malformed) { try PixelImage(decoding: png, file: "x") }
        // 13378 x 13378 pixels are just above Pillow's limit, which is this one's.
        png.replaceSubrange(16..<24, with: [0, 0, 0x34, 0x42, 0, 0, 0x34, 0x42])
        expectImageError(.tooLarge, "13378x13378", "at most 178956970") {
            try PixelImage(decoding: png, file: "x")
        }
    }
}
