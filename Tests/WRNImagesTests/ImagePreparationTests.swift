// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("Preparing images")
struct ImagePreparationTests {
    /// One line of Fixtures/resizing/cases.json.
    private struct Case: Decodable {
        let preset: String
        let seed, height, width, newHeight, newWidth: Int
        let checksum: String

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            preset = try values.decode(String.self)
            seed = try values.decode(Int.self)
            height = try values.decode(Int.self)
            width = try values.decode(Int.self)
            newHeight = try values.decode(Int.self)
            newWidth = try values.decode(Int.self)
            checksum = try values.decode(String.self)
        }
    }

    private struct Cases: Decodable {
        let preparations: [Case]
    }

    /// The preparation that the fixtures call by a name.
    private func preparation(_ name: String) throws -> ImagePreparation {
        let words = name.split(separator: " ").map(String.init)
        let numbers = words.compactMap(Double.init)
        let interpolation = words.last.flatMap(ImagePreparation.Interpolation.init) ?? .bilinear
        switch words[0] {
        case "torchvisionV1": return .torchvisionV1
        case "torchvisionV2": return .torchvisionV2
        case "timm":
            return try .timm(
                inputSize: Int(numbers[0]), cropFraction: numbers[1], interpolation: interpolation)
        case "fitted": return .fitted(height: Int(numbers[0]), width: Int(numbers[0]))
        default:
            return try ImagePreparation(
                scaledHeight: Int(numbers[0]), scaledWidth: Int(numbers[1]),
                height: Int(numbers[2]), width: Int(numbers[3]),
                by: name.hasPrefix("scaled 30") ? .bicubic : .bilinear)
        }
    }

    @Test("gives the bytes of torchvision's Resize and CenterCrop")
    func parity() throws {
        let data = try Data(contentsOf: Fixtures.folder.appending(path: "resizing/cases.json"))
        let cases = try JSONDecoder().decode(Cases.self, from: data).preparations
        #expect(cases.count > 90)
        for item in cases {
            let image = PixelImage.formula(item.height, item.width, 3, seed: item.seed)
            let prepared = try preparation(item.preset)(image)
            #expect(prepared.height == item.newHeight && prepared.width == item.newWidth)
            #expect(prepared.checksum == item.checksum, "\(item)")
        }
    }

    @Test("to a shape that is not square covers it, so that nothing is black")
    func notSquare() {
        let white = PixelImage(
            height: 40, width: 40, channels: 3, pixels: [UInt8](repeating: 255, count: 4800))
        for (height, width) in [(16, 48), (48, 16), (21, 35)] {
            let prepared = ImagePreparation.fitted(height: height, width: width)(white)
            #expect(prepared.height == height && prepared.width == width)
            #expect(prepared.pixels.allSatisfy { $0 == 255 })
        }
    }

    @Test(
        "to the longest sides scales to no more than the largest extent",
        arguments: [
            (1, 1), (57_343, 65_535), (57_344, 65_536), (57_345, 65_536), (65_536, 65_536),
        ])
    func longest(side: Int, scaled: Int) throws {
        let preparation = ImagePreparation.fitted(height: side, width: 8)
        #expect(preparation.scaledHeight == scaled && preparation.scaledWidth == 9)
        #expect(preparation.height == side && preparation.width == 8)
        #expect(ImagePreparation.fitted(height: 8, width: side).scaledWidth == scaled)
        // It can be given and stored like any other.
        let given = try ImagePreparation(
            scaledHeight: scaled, scaledWidth: 9, height: side, width: 8, by: .bilinear)
        #expect(given == preparation)
    }

    @Test("keeps grey grey")
    func grey() {
        let image = PixelImage.formula(30, 50, 1, seed: 3)
        let prepared = ImagePreparation.fitted(height: 20, width: 20)(image)
        #expect(prepared.channels == 1)
        #expect(
            prepared.converted(toChannels: 3)
                == ImagePreparation.fitted(height: 20, width: 20)(image.converted(toChannels: 3)))
    }

    @Test("of an image with extreme proportions computes only what is kept")
    func extreme() {
        let line = PixelImage(
            height: 1, width: 60_000, channels: 1, pixels: [UInt8](repeating: 7, count: 60_000))
        let prepared = ImagePreparation.torchvisionV1(line)
        #expect(prepared.pixels == [UInt8](repeating: 7, count: 224 * 224))
    }

    @Test("is stored and read back, and impossible numbers are refused")
    func coding() throws {
        let preparation = try ImagePreparation.timm(
            inputSize: 64, cropFraction: 0.95, interpolation: .bicubic)
        let data = try JSONEncoder().encode(preparation)
        #expect(try JSONDecoder().decode(ImagePreparation.self, from: data) == preparation)
        let text = String(decoding: data, as: UTF8.self)
        for (old, new) in [
            ("\"height\":64", "\"height\":0"), ("\"width\":64", "\"width\":65537"),
            ("67", "-67"), ("bicubic", "nearest"),
        ] {
            let broken = text.replacingOccurrences(of: old, with: new)
            #expect(broken != text)
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(ImagePreparation.self, from: Data(broken.utf8))
            }
        }
        for fraction in [0, -1, .nan, 1e-9, .infinity] {
            #expect(throws: ImageError.self) {
                try ImagePreparation.timm(
                    inputSize: 224, cropFraction: fraction, interpolation: .bilinear)
            }
        }
        #expect(throws: ImageError.self) {
            try ImagePreparation.timm(inputSize: 0, cropFraction: 1, interpolation: .bilinear)
        }
    }
}
