// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNTestSupport

@Suite("Decoding")
struct DecodingTests {
    /// How far a pixel may be from Pillow's, which brings a libjpeg-turbo of its own.
    ///
    /// Nothing is lost in PNG and lossless WebP, and lossy WebP and its colours are written down to
    /// the bit; JPEG is not.
    private func tolerance(_ name: String) -> Int { name.hasSuffix(".jpg") ? 1 : 0 }

    /// How far the pixels may be from Pillow's in the mean where ImageIO decodes, which rounds and
    /// enlarges colours otherwise; exchanged channels and turned images are much farther.
    ///
    /// Nil for what ImageIO makes other pixels of: alpha may come multiplied in, grey of 16 bits is
    /// not clipped, and CMYK, missing scans and animations are its own matter.
    private func meanTolerance(_ name: String) -> Int? {
        let others = [
            "alpha", "transparent", "type4", "type6", "16bit", "cmyk", "ycck", "few_scans",
            "animated",
        ]
        if others.contains(where: { name.contains($0) }) { return nil }
        return name.hasSuffix(".jpg") || name == "lossy.webp" ? 8 : 0
    }

    @Test("gives Pillow's pixels for every kind of file")
    func parity() throws {
        let fixtures = try DecodingFixture.all()
        #expect(fixtures.count > 90)
        for fixture in fixtures {
            let image = try PixelImage(decoding: fixture.bytes(), file: fixture.name)
            #expect(image.channels == 3)
            #expect(image.height == fixture.height && image.width == fixture.width, "\(fixture)")
            guard let expected = try fixture.expected() else { continue }
            let differences = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }
            if decodesAsPillow {
                let largest = differences.max()
                #expect(try #require(largest) <= tolerance(fixture.name), "\(fixture)")
            } else if let mean = meanTolerance(fixture.name) {
                #expect(differences.reduce(0, +) <= mean * differences.count, "\(fixture)")
            }
        }
    }

    @Test("asks once which part is wanted, and says the size as it is shown")
    func cropping() throws {
        let bytes = try Fixtures.image("turned_6.jpg")
        var asked: [[Int]] = []
        let image = try PixelImage(decoding: bytes, file: "x") { height, width in
            asked.append([height, width])
            return PixelRegion(top: 3, left: 2, height: 5, width: 4)
        }
        #expect(asked == [[14, 9]])
        #expect(image.height == 5 && image.width == 4)
    }

    @Test("finds the format from the content and the size from the header, for every file")
    func header() throws {
        for fixture in try DecodingFixture.all() {
            let header = try ImageHeader(of: fixture.bytes(), file: fixture.name)
            #expect(header.height == fixture.height && header.width == fixture.width, "\(fixture)")
            let ending = header.format == .jpeg ? "jpg" : header.format.rawValue
            #expect(fixture.name.hasSuffix("." + ending))
        }
    }

    @Test("knows the names that data sets give to images")
    func names() {
        for name in ["a.jpg", "A.JPEG", "dir.d/b.png", "c.WebP", "n01440764_10026.JPEG"] {
            #expect(ImageFormat.isImageFileName(name), "\(name)")
        }
        for name in ["", "jpg", ".jpg", "a/.jpg", "a.jpgx", "a.gif", "a.jpg/b", "jpg.txt"] {
            #expect(!ImageFormat.isImageFileName(name), "\(name)")
        }
    }
}
