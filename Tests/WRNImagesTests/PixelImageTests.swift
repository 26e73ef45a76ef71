// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("An image in memory")
struct PixelImageTests {
    @Test("changes between grey and colour as Pillow does")
    func channels() {
        let colours = PixelImage(
            height: 1, width: 3, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 10, 20, 30])
        let grey = colours.converted(toChannels: 1)
        #expect(grey.pixels == [76, 150, 18])
        #expect(grey.converted(toChannels: 3).pixels == [76, 76, 76, 150, 150, 150, 18, 18, 18])
        #expect(grey.converted(toChannels: 1) == grey)
    }
}
