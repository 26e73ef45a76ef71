// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNBatches
import WRNImages
import WRNTestSupport

/// The results of torchvision with this project's random numbers; Fixtures/augmentation/README.md
/// describes the file.
struct AugmentationFixture: Decodable {
    struct Crop: Decodable {
        let height: Int
        let width: Int
        let scale: ClosedRange<Double>
        let ratio: ClosedRange<Double>
        let image: Int
        let region: [Int]
    }

    struct Erasure: Decodable {
        let height: Int
        let width: Int
        let probability: Double
        let scale: ClosedRange<Double>
        let ratio: ClosedRange<Double>
        let image: Int
        let region: [Int]?
    }

    struct Space: Decodable {
        let policy: String
        let height: Int
        let width: Int
        let magnitudes: [[Double]]
        let signed: [Bool]
    }

    struct Pipeline: Decodable {
        let augmentation: Augmentation
        let height: Int
        let width: Int
        let channels: Int
        let digests: [String]
    }

    struct Mix: Decodable {
        let kind: String
        let alpha: Double
        let batch: Int
        let images: [Float]
        let targets: [Float]
    }

    let crops: [Crop]
    let erasures: [Erasure]
    let spaces: [Space]
    let pipelines: [Pipeline]
    let mixes: [Mix]

    static func read() throws -> AugmentationFixture {
        try fixture(AugmentationFixture.self, from: "augmentation/augmentation.json")
    }

    /// Bytes by the formula of make_fixtures.py.
    static func noise(height: Int, width: Int, channels: Int, image: Int) -> PixelImage {
        let pixels = (0..<height * width * channels).map { index in
            UInt8(truncatingIfNeeded: (UInt32(index + 977 * image) &* 2_654_435_761) >> 24)
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

extension PixelRegion {
    /// Top, left, height and width.
    var numbers: [Int] { [top, left, height, width] }
}
