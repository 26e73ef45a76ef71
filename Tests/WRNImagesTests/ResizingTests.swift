// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("Resizing")
struct ResizingTests {
    /// One line of Fixtures/resizing/cases.json.
    private struct Case: Decodable {
        let seed, height, width, channels, newHeight, newWidth: Int
        let interpolation: ImagePreparation.Interpolation
        let checksum: String

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            seed = try values.decode(Int.self)
            height = try values.decode(Int.self)
            width = try values.decode(Int.self)
            channels = try values.decode(Int.self)
            newHeight = try values.decode(Int.self)
            newWidth = try values.decode(Int.self)
            interpolation = try values.decode(ImagePreparation.Interpolation.self)
            checksum = try values.decode(String.self)
        }
    }

    private struct Cases: Decodable {
        let resizes: [Case]
    }

    private func cases() throws -> [Case] {
        let data = try Data(contentsOf: Fixtures.folder.appending(path: "resizing/cases.json"))
        return try JSONDecoder().decode(Cases.self, from: data).resizes
    }

    @Test("gives Pillow's bytes")
    func parity() throws {
        let cases = try cases()
        #expect(cases.count > 300)
        for item in cases {
            let image = PixelImage.formula(item.height, item.width, item.channels, seed: item.seed)
            let resized = image.resized(
                height: item.newHeight, width: item.newWidth, by: item.interpolation)
            #expect(resized.height == item.newHeight && resized.width == item.newWidth)
            #expect(resized.checksum == item.checksum, "\(item)")
        }
    }

    @Test("of a part gives that part of the whole")
    func parts() throws {
        for item in try cases() where item.newHeight > 2 && item.newWidth > 3 {
            let image = PixelImage.formula(item.height, item.width, item.channels, seed: item.seed)
            let whole = image.resized(
                height: item.newHeight, width: item.newWidth, by: item.interpolation)
            let (height, width) = (item.newHeight, item.newWidth)
            for part in [
                PixelRegion(top: 0, left: 0, height: 1, width: 1),
                PixelRegion(top: height - 1, left: width - 2, height: 1, width: 2),
                PixelRegion(
                    top: height / 3, left: width / 4, height: height / 2, width: width / 2),
            ] {
                #expect(
                    image.resized(
                        height: height, width: width, by: item.interpolation, keeping: part)
                        == whole.cropped(to: part), "\(item) \(part)")
            }
        }
    }

    @Test("to the same size changes nothing")
    func same() {
        let image = PixelImage.formula(9, 13, 3, seed: 5)
        for interpolation in ImagePreparation.Interpolation.allCases {
            #expect(image.resized(height: 9, width: 13, by: interpolation) == image)
        }
    }
}
