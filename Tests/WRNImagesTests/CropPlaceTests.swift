// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("Windows of images")
struct CropPlaceTests {
    /// An image of one channel whose pixels are their numbers, row by row.
    private func numbered(_ height: Int, _ width: Int) -> PixelImage {
        PixelImage(
            height: height, width: width, channels: 1,
            pixels: (0..<height * width).map { UInt8($0) })
    }

    @Test("a window at a corner ends at both edges of the scaled image, as torchvision's FiveCrop")
    func corners() throws {
        let preparation = try ImagePreparation(
            scaledHeight: 5, scaledWidth: 5, height: 2, width: 3, by: .bilinear)
        let image = numbered(5, 6)
        let expected: [CropPlace: [UInt8]] = [
            .centre: [14, 15, 16, 20, 21, 22], .topLeft: [0, 1, 2, 6, 7, 8],
            .topRight: [3, 4, 5, 9, 10, 11], .bottomLeft: [18, 19, 20, 24, 25, 26],
            .bottomRight: [21, 22, 23, 27, 28, 29],
        ]
        for place in CropPlace.allCases {
            #expect(preparation(image, at: place).pixels == expected[place], "\(place)")
        }
        #expect(preparation(image) == preparation(image, at: .centre))
    }

    @Test("where the scaled image is smaller than the window, all windows are the same")
    func smaller() throws {
        let preparation = try ImagePreparation(
            scaledHeight: 3, scaledWidth: 3, height: 5, width: 5, by: .bilinear)
        let results = CropPlace.allCases.map { preparation(numbered(3, 3), at: $0) }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test(
        "an image is moved by a thirty-second of its sides, and reflected at its edges as NumPy does"
    )
    func reflected() {
        // numpy.pad(image, 1, mode="reflect") of 4 rows and 5 columns, cut at its corners.
        let image = numbered(4, 5)
        #expect(image.window(at: .centre) == image)
        #expect(
            image.window(at: .topLeft).pixels == [
                6, 5, 6, 7, 8, 1, 0, 1, 2, 3, 6, 5, 6, 7, 8, 11, 10, 11, 12, 13,
            ])
        #expect(
            image.window(at: .bottomRight).pixels == [
                6, 7, 8, 9, 8, 11, 12, 13, 14, 13, 16, 17, 18, 19, 18, 11, 12, 13, 14, 13,
            ])
        #expect(
            image.window(at: .topRight).pixels == [
                6, 7, 8, 9, 8, 1, 2, 3, 4, 3, 6, 7, 8, 9, 8, 11, 12, 13, 14, 13,
            ])
        #expect(numbered(1, 1).window(at: .bottomLeft) == numbered(1, 1))
        // 32 pixels are moved by 1, 64 by 2.
        let wide = numbered(1, 64).window(at: .topRight)
        #expect(wide.pixels == (2..<64).map { UInt8($0) } + [62, 61])
        #expect(numbered(1, 32).window(at: .topLeft).pixels == [1] + (0..<31).map { UInt8($0) })
    }
}
