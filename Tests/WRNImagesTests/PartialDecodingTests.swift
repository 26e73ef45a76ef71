// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNRandom
import WRNTestSupport

/// A part of an image, decoded alone, equals that part of the whole image: the fast path and its
/// slow twin.
@Suite("Decoding a part")
struct PartialDecodingTests {
    @Test("gives the whole image's pixels, for every kind of file and many rectangles")
    func equalsWhole() throws {
        let fixtures = try DecodingFixture.all()
        #expect(fixtures.contains { $0.name.hasPrefix("part_progressive_440") })
        for (number, fixture) in fixtures.enumerated() {
            let bytes = try fixture.bytes()
            let whole = try PixelImage(decoding: bytes, file: fixture.name)
            let stream = RandomStream(seed: 1, purpose: .augmentation, item: number)
            for round in 0..<(fixture.name.hasPrefix("part_") ? 120 : 10) {
                let region = region(in: whole, round, stream)
                let part = try PixelImage(decoding: bytes, file: fixture.name) { _, _ in region }
                #expect(part == whole.cropped(to: region), "\(fixture) \(region)")
            }
        }
    }

    /// Small and large rectangles, anywhere; every fourth touches an edge.
    private func region(in image: PixelImage, _ round: Int, _ stream: RandomStream) -> PixelRegion {
        func extent(_ length: Int, _ index: Int) -> (Int, Int) {
            let most = round % 2 == 0 ? length : max(1, length / 8)
            let count = 1 + stream.integer(at: index, below: most)
            let start = stream.integer(at: index + 1, below: length - count + 1)
            return (round % 4 == 0 ? 0 : round % 4 == 1 ? length - count : start, count)
        }
        let (top, height) = extent(image.height, 4 * round)
        let (left, width) = extent(image.width, 4 * round + 2)
        return PixelRegion(top: top, left: left, height: height, width: width)
    }

    @Test(
        "refuses a JPEG that was cut off below the part, as the whole would be",
        .enabled(if: decodesAsPillow))
    func truncatedBelow() throws {
        let bytes = try Fixtures.image("part_baseline_420.jpg")
        let region = PixelRegion(top: 0, left: 0, height: 4, width: 4)
        for count in [bytes.count - 1, bytes.count - 2, bytes.count * 3 / 4] {
            expectImageError(.truncated, "cut off") {
                try PixelImage(decoding: Array(bytes.prefix(count)), file: "x") { _, _ in region }
            }
        }
    }
}
