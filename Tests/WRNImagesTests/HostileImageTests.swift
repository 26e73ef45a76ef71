// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNTestSupport

@Suite("A hostile image file")
struct HostileImageTests {
    private func decode(_ bytes: [UInt8], _ limits: ImageLimits = ImageLimits()) throws
        -> PixelImage
    {
        try PixelImage(decoding: bytes, file: "x", limits: limits)
    }

    @Test("that is empty, short or something else is refused by its content, not its name")
    func otherContent() throws {
        expectImageError(.unsupported, "empty") { try decode([]) }
        for text in ["\u{1}x", "RIFF\u{1}...WAVX", "\u{89}PNG"] {
            expectImageError(.unsupported, "none of JPEG, PNG and WebP") {
                try decode(Array(text.utf8))
            }
        }
        // A PNG by any name is a PNG.
        let header = try ImageHeader(of: Fixtures.image("turned_1.png"), file: "photo.jpg")
        #expect(header.format == .png)
    }

    @Test(
        "that is cut off anywhere is refused, in the header and after it",
        arguments: [
            "baseline_420.jpg", "progressive_420.jpg", "type2_8bit.png",
            "type3_4bit_interlaced.png",
            "lossy.webp", "lossless.webp", "lossy_alpha.webp", "animated.webp",
        ])
    func truncated(name: String) throws {
        let bytes = try Fixtures.image(name)
        let whole = try decode(bytes)
        var refused = 0
        for count in 0..<bytes.count {
            do throws(ImageError) {
                // What libraries read of the last bytes are checksums and ends; the pixels must be
                // there.
                let image = try PixelImage(decoding: Array(bytes.prefix(count)), file: "x")
                #expect(image == whole, "\(count)")
                #expect(count > bytes.count * 3 / 4 || name.hasPrefix("animated"), "\(count)")
            } catch {
                #expect(
                    [.truncated, .unsupported, .malformed].contains(error.code), "\(count) \(error)"
                )
                refused += 1
            }
        }
        #expect(refused > bytes.count / 2)
    }

    @Test("that claims more pixels than the limit is refused before memory is taken")
    func bombs() throws {
        var png = try Fixtures.image("type0_8bit.png")
        png.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0])
        expectImageError(.tooLarge, "100000x100000", "178956970") { try decode(png) }
        png.replaceSubrange(16..<20, with: [0x7F, 0xFF, 0xFF, 0xFF])
        expectImageError(.tooLarge) { try decode(png) }
        png.replaceSubrange(16..<20, with: [0x80, 0, 0, 0])
        expectImageError(.malformed, "IHDR") { try decode(png) }
        png.replaceSubrange(16..<20, with: [0, 0, 0, 0])
        expectImageError(.malformed, "0x100000") { try decode(png) }

        var jpeg = try Fixtures.image("baseline_444.jpg")
        let frame = try #require(
            jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xFF, 0xFF, 0xFF])
        expectImageError(.tooLarge, "65535x65535") { try decode(jpeg) }
        if decodesAsPillow {
            // Without that limit the part alone takes memory, and the data end.
            jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
            expectImageError(.truncated) {
                try decode(jpeg.dropLast(2), ImageLimits(maximumPixelCount: .max)) { _, _ in
                    PixelRegion(top: 0, left: 0, height: 1, width: 1)
                }
            }
        }

        var webp = try Fixtures.image("animated.webp")
        webp.replaceSubrange(24..<30, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        expectImageError(.tooLarge, "16777216x16777216") { try decode(webp) }
    }

    private func decode(
        _ bytes: [UInt8], _ limits: ImageLimits, _ cropping: (Int, Int) -> PixelRegion?
    ) throws -> PixelImage {
        try PixelImage(decoding: bytes, file: "x", limits: limits, cropping: cropping)
    }

    @Test(
        "that is a JPEG with thousands of scans is refused after the limit",
        .enabled(if: decodesAsPillow))
    func scans() throws {
        let bytes = try Fixtures.image("progressive_420.jpg")
        let starts = bytes.indices.filter { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }
        let second = bytes[try #require(starts.first)..<starts[1]]
        let many = bytes[..<starts[1]] + (0..<5000).flatMap { _ in second } + [0xFF, 0xD9]
        expectImageError(.tooLarge, "100 scans") { try decode(Array(many)) }
        expectImageError(.tooLarge, "3 scans") {
            try decode(bytes, ImageLimits(maximumScanCount: 3))
        }
        #expect(throws: Never.self) { try decode(bytes, ImageLimits(maximumScanCount: 20)) }
    }

    @Test("that needs more memory than the limit is refused", .enabled(if: decodesAsPillow))
    func memory() throws {
        let limits = ImageLimits(maximumDecoderByteCount: 2000)
        for name in ["part_progressive_444.jpg", "lossless.webp"] {
            expectImageError(.tooLarge, "2000") { try decode(Fixtures.image(name), limits) }
        }
    }

    @Test("that is a JPEG of an unknown process or with a wrong segment is refused")
    func jpegSegments() throws {
        let bytes = try Fixtures.image("baseline_444.jpg")
        let frame = try #require(
            bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        func changed(_ place: Int, _ value: UInt8) -> [UInt8] {
            var bytes = bytes
            bytes[place] = value
            return bytes
        }
        if decodesAsPillow {
            // A hierarchical frame; 12 bits.
            expectImageError(.unsupported) { try decode(changed(frame + 1, 0xC5)) }
            expectImageError(.unsupported) { try decode(changed(frame + 4, 12)) }
            // The first frame header is ours, and libjpeg refuses a second.
            let size = 2 + Int(bytes[frame + 2]) << 8 + Int(bytes[frame + 3])
            let twice = bytes[..<frame] + bytes[frame..<frame + size] + bytes[frame...]
            expectImageError(.malformed) { try decode(Array(twice)) }
        }
        // A length of one, and one that passes the end.
        expectImageError(.malformed, "1 bytes") {
            try decode([0xFF, 0xD8, 0xFF, 0xE0, 0, 1] + bytes.dropFirst(2))
        }
        expectImageError(.truncated) { try decode([0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 1, 2]) }
        expectImageError(.malformed, "no frame header") {
            try decode([0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0, 0])
        }
    }

    @Test("that is a WebP whose chunks lie about their sizes is refused")
    func webpChunks() throws {
        let bytes = try Fixtures.image("animated_part.webp")
        func changed(_ place: Int, _ values: UInt8...) -> [UInt8] {
            var bytes = bytes
            bytes.replaceSubrange(place..<place + values.count, with: values)
            return bytes
        }
        let frame = try #require(
            bytes.indices.first { bytes[$0...].starts(with: Array("ANMF".utf8)) })
        if decodesAsPillow {
            // The frame's column, its width, and its chunk's length.
            expectImageError(.malformed, "canvas") {
                try decode(changed(frame + 8, 0xFF, 0xFF, 0xFF))
            }
            expectImageError(.malformed) { try decode(changed(frame + 14, 1)) }
            expectImageError(.malformed, "frame") { try decode(changed(frame + 4, 3, 0, 0, 0)) }
            expectImageError(.malformed, "frame") {
                try decode(changed(frame, 0x41, 0x41, 0x41, 0x41))
            }
        }
        expectImageError(.malformed, "none of VP8") { try decode(changed(12, 0x41)) }
        expectImageError(.truncated) { try decode(Array(bytes.prefix(20))) }
    }
}
