// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("A part of an image")
struct PixelRegionTests {
    @Test("has the pixels of its rectangle")
    func cropped() {
        let image = PixelImage.formula(6, 9, 3, seed: 2)
        let part = image.cropped(to: PixelRegion(top: 2, left: 3, height: 3, width: 5))
        #expect(part.height == 3 && part.width == 5 && part.channels == 3)
        for row in 0..<3 {
            for index in 0..<15 {
                #expect(
                    part.pixels[row * 15 + index] == image.pixels[((row + 2) * 9 + 3) * 3 + index])
            }
        }
        #expect(image.cropped(to: PixelRegion(top: 0, left: 0, height: 6, width: 9)) == image)
    }
}
