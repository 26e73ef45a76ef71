// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("A file that is no image of a known format")
struct NamedFormatTests {
    /// The first bytes of a file: numbers for bytes, the rest as they are.
    private static func bytes(_ text: String, _ numbers: [UInt8] = []) -> [UInt8] {
        Array(text.utf8) + numbers
    }

    private static let cases: [(start: [UInt8], name: String, advice: String)] = [
        (bytes("GIF89a", [1, 0, 1, 0, 0, 0]), "a GIF image", "magick NAME.gif[0] NAME.png"),
        (bytes("GIF87a"), "a GIF image", "first frame"),
        (
            bytes("BM", [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]), "a BMP image",
            "magick NAME.bmp NAME.png"
        ),
        (bytes("II*", [0, 8, 0, 0, 0]), "a TIFF image", "magick NAME.tif[0] NAME.png"),
        (bytes("MM", [0, 42, 0, 0, 0, 8]), "a TIFF image", "NAME.png"),
        (
            [0, 0, 0, 28] + bytes("ftypavif", [0, 0, 0, 0]) + bytes("avifmif1"), "an AVIF image",
            "jpg"
        ),
        (
            [0, 0, 0, 24] + bytes("ftypmif1", [0, 0, 0, 0]) + bytes("mif1avif"), "an AVIF image",
            "jpg"
        ),
        (
            [0, 0, 0, 24] + bytes("ftypheic", [0, 0, 0, 0]) + bytes("mif1heic"), "a HEIC image",
            "jpg"
        ),
        (
            [0, 0, 0, 32] + bytes("ftypisom", [0, 0, 2, 0]) + bytes("isomiso2"), "an MP4 film",
            "ffmpeg"
        ),
        ([0, 0, 0, 20] + bytes("ftypqt  "), "a QuickTime film", "ffmpeg"),
        (bytes("RIFF", [1, 2, 3, 4]) + bytes("AVI LIST"), "an AVI film", "ffmpeg"),
        ([0x1A, 0x45, 0xDF, 0xA3, 0x01], "a Matroska or WebM film", "ffmpeg"),
        ([0xFF, 0x0A, 0x10], "a JPEG XL image", "djxl"),
        ([0, 0, 0, 12] + bytes("JXL ", [13, 10, 0x87, 10]), "a JPEG XL image", "djxl"),
        ([0, 0, 0, 12] + bytes("jP  ", [13, 10, 0x87, 10]), "a JPEG 2000 image", "NAME.jp2"),
        (bytes("8BPS", [0, 1]), "a Photoshop document", "NAME.psd[0]"),
        (bytes("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "an SVG drawing", "rsvg-convert"),
        (bytes("<?xml version=\"1.0\"?>\n<svg/>"), "an SVG drawing", "rsvg-convert"),
        (bytes("<?xml version=\"1.0\"?><Error><Code>AccessDenied"), "an XML document", "again"),
        (bytes("%PDF-1.7\n"), "a PDF document", "pdftoppm"),
        (bytes("\n  <!DOCTYPE html><html></html>"), "an HTML page", "get the image again"),
        (bytes("\u{FEFF}<HTML><body>404"), "an HTML page", "get the image again"),
        (bytes("{\"error\": \"not found\"}"), "JSON text", "get the image again"),
        (bytes("404: Not Found"), "plain text", "get the image again"),
        (
            bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
            "a git-LFS pointer", "git lfs pull"
        ),
        ([0x1F, 0x8B, 8, 0], "a gzip file", "gunzip"),
        (bytes("BZh91AY"), "a bzip2 file", "bunzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "an xz file", "unxz"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4], "a 7z archive", "7z x"),
        (bytes("PK", [3, 4, 20, 0]), "a zip archive", "unpack it"),
        ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file", "give image files"),
        ([0x93] + bytes("NUMPY", [1, 0]), "a NumPy array", "give image files"),
        ([0, 5, 0x16, 7, 0, 2, 0, 0], "AppleDouble", "remove it"),
        ([UInt8](repeating: 0, count: 2000), "nothing but zero bytes", "get it again"),
        (
            [UInt8](repeating: 0, count: 128) + bytes("DICM", [2, 0]), "a DICOM file",
            "NAME.png"
        ),
    ]

    @Test("is named by its first bytes, with the way to an image")
    func names() {
        for (start, name, advice) in Self.cases {
            expectImageError(.unsupported, "expected JPEG, PNG or WebP, found", name, advice) {
                try PixelImage(decoding: start, file: "x")
            }
        }
    }

    @Test("is not named where the first bytes say nothing, nor where an image merely begins oddly")
    func doesNotGuess() throws {
        let unknown: [[UInt8]] = [
            [0xFF, 0xFE, 1, 2], Self.bytes("BM of W"), Self.bytes("RIFF....XXXX"), [0, 0, 1],
            [0x80, 0x81],
        ]
        for start in unknown {
            expectImageError(.unsupported, "none of JPEG, PNG and WebP") {
                try PixelImage(decoding: start + [0x90, 0], file: "x")
            }
        }
        for name in ["baseline_420.jpg", "type2_8bit.png", "lossy.webp"] {
            #expect(try ImageFormat(of: Fixtures.image(name)) != nil)
        }
    }
}
