// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("Writing PNG")
struct PNGWritingTests {
    @Test("and reading it gives the same pixels", arguments: [1, 3])
    func roundTrip(channels: Int) throws {
        for (height, width) in [(1, 1), (1, 40), (40, 1), (13, 31)] {
            let image = PixelImage.formula(height, width, channels, seed: height)
            let file = try image.png()
            let header = try ImageHeader(of: file, file: "x")
            #expect(header.format == .png && header.height == height && header.width == width)
            #expect(try PixelImage(decoding: file, file: "x") == image.converted(toChannels: 3))
            // Grey stays grey in the file: its colour type is 0, not 2.
            #expect(file[25] == (channels == 1 ? 0 : 2))
        }
    }

    @Test("is refused for channels that PNG has no meaning for")
    func otherChannels() {
        let image = PixelImage(height: 1, width: 1, channels: 2, pixels: [1, 2])
        #expect(throws: ImageError.self) { try image.png() }
    }
}
