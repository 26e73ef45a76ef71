// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNImages
import WRNTestSupport

/// The results of torchvision with Pillow; Fixtures/operations/README.md describes the file.
struct OperationFixture: Decodable {
    struct Picture: Decodable {
        let name: String
        let height: Int
        let width: Int
        let channels: Int
        let pixels: Data

        var image: PixelImage {
            PixelImage(height: height, width: width, channels: channels, pixels: [UInt8](pixels))
        }
    }

    struct Case: Decodable {
        let image: String
        let operation: String
        let argument: Double?
        let pixels: Data
    }

    struct Digest: Decodable {
        let height: Int
        let width: Int
        let channels: Int
        let operation: String
        let argument: Double?
        let digest: String
    }

    let images: [Picture]
    let cases: [Case]
    let digests: [Digest]

    static func read() throws -> OperationFixture {
        try fixture(OperationFixture.self, from: "operations/operations.json")
    }

    /// The operation by its name in the file; nil for a name that is none.
    static func operation(_ name: String, _ argument: Double?) -> ImageOperation? {
        let value = argument ?? 0
        return switch name {
        case "shearX": .shearX(value)
        case "shearY": .shearY(value)
        case "translateX": .translateX(Int(value))
        case "translateY": .translateY(Int(value))
        case "rotate": .rotate(value)
        case "brightness": .brightness(value)
        case "contrast": .contrast(value)
        case "saturation": .saturation(value)
        case "sharpness": .sharpness(value)
        case "hue": .hue(value)
        case "posterize": .posterize(Int(value))
        case "solarize": .solarize(value)
        case "autocontrast": .autocontrast
        case "equalize": .equalize
        case "invert": .invert
        default: nil
        }
    }

    /// Bytes by the formula of make_fixtures.py.
    static func noise(height: Int, width: Int, channels: Int) -> PixelImage {
        let pixels = (0..<height * width * channels).map { index in
            UInt8(truncatingIfNeeded: (UInt32(index) &* 2_654_435_761) >> 24)
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// FNV-1a, 64 bits, in hexadecimal.
    static func digest(_ bytes: [UInt8]) -> String {
        let value = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
