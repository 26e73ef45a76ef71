// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("A contact sheet")
struct ContactSheetTests {
    private func message(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func grey(_ height: Int, _ width: Int, _ pixels: [UInt8]) -> PixelImage {
        PixelImage(height: height, width: width, channels: 1, pixels: pixels)
    }

    /// One channel of a page, row by row.
    private func rows(_ page: PixelImage, channel: Int = 0) -> [[UInt8]] {
        (0..<page.height).map { row in
            (0..<page.width).map { page.pixels[(row * page.width + $0) * 3 + channel] }
        }
    }

    @Test("has its images in rows of equal cells, and white where there is none")
    func cells() throws {
        let sheet = try ContactSheet(cellHeight: 2, cellWidth: 2, gap: 1)
        let page = try sheet.page(of: [
            [grey(2, 2, [1, 2, 3, 4]), grey(2, 2, [5, 6, 7, 8])], [grey(2, 2, [9, 10, 11, 12])],
        ])
        let white = [UInt8](repeating: 255, count: 7)
        #expect(page.channels == 3)
        #expect(
            rows(page) == [
                white, [255, 1, 2, 255, 5, 6, 255], [255, 3, 4, 255, 7, 8, 255], white,
                [255, 9, 10, 255, 255, 255, 255], [255, 11, 12, 255, 255, 255, 255], white,
            ])
    }

    @Test("keeps colours beside greys")
    func colours() throws {
        let sheet = try ContactSheet(cellHeight: 1, cellWidth: 1, gap: 0)
        let red = PixelImage(height: 1, width: 1, channels: 3, pixels: [200, 10, 20])
        let page = try sheet.page(of: [[red, grey(1, 1, [7])]])
        #expect(page.pixels == [200, 10, 20, 7, 7, 7])
    }

    @Test("enlarges small images a whole number of times, and puts them in the middle")
    func enlarges() throws {
        let sheet = try ContactSheet(cellHeight: 5, cellWidth: 7, gap: 0)
        let page = try sheet.page(of: [[grey(2, 2, [1, 2, 3, 4])]])
        let blank = [UInt8](repeating: 255, count: 7)
        let (upper, lower): ([UInt8], [UInt8]) = (
            [255, 1, 1, 2, 2, 255, 255], [255, 3, 3, 4, 4, 255, 255]
        )
        #expect(rows(page) == [upper, upper, lower, lower, blank])
    }

    @Test("reduces large images by means of blocks")
    func reduces() throws {
        let sheet = try ContactSheet(cellHeight: 2, cellWidth: 2, gap: 0)
        let large = grey(3, 4, [0, 2, 10, 10, 4, 6, 10, 11, 100, 101, 7, 8])
        // 2 x 2 blocks; those of the last row have one line only. 10.25 and 100.5 and 7.5 are
        // rounded.
        #expect(rows(try sheet.page(of: [[large]])) == [[3, 10], [101, 8]])
    }

    @Test("holds any image in any cell", arguments: [1, 2, 3, 5, 8, 13])
    func fits(_ size: Int) throws {
        for cell in 1...9 {
            let sheet = try ContactSheet(cellHeight: cell, cellWidth: 10 - cell, gap: 1)
            for width in [1, 4, 17] {
                let image = grey(size, width, [UInt8](repeating: 40, count: size * width))
                let page = try sheet.page(of: [[image, image]])
                #expect(page.height == cell + 2 && page.width == 2 * (10 - cell) + 3)
                let levels = Set(page.pixels)
                #expect(levels == [40, 255])
            }
        }
    }

    @Test("is refused in these words")
    func errors() throws {
        #expect(
            message { _ = try ContactSheet(cellHeight: 0, cellWidth: 3) }
                == "a cell of a contact sheet has 1 to 16384 pixels each way, not 3x0")
        #expect(
            message { _ = try ContactSheet(cellHeight: 1, cellWidth: 16_385) }
                == "a cell of a contact sheet has 1 to 16384 pixels each way, not 16385x1")
        #expect(
            message { _ = try ContactSheet(cellHeight: 1, cellWidth: 1, gap: -1) }
                == "a gap of a contact sheet has 0 to 1024 pixels, not -1")
        let sheet = try ContactSheet(cellHeight: 16_384, cellWidth: 16_384, gap: 0)
        #expect(message { _ = try sheet.page(of: []) } == "a contact sheet needs an image")
        #expect(message { _ = try sheet.page(of: [[], []]) } == "a contact sheet needs an image")
        let pair = PixelImage(height: 1, width: 1, channels: 2, pixels: [1, 2])
        #expect(
            message { _ = try sheet.page(of: [[pair]]) }
                == "a contact sheet shows images of 1 channel (grey) or 3 (red, green, blue), not 2"
        )
        #expect(
            message { _ = try sheet.page(of: [[grey(1, 1, [0])]]) }
                == "a contact sheet of 1x1 cells of 16384x16384 has more than 67108864 pixels; "
                + "show fewer images or smaller cells")
    }
}
