// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNRandom

/// Images by the formula of `WRNDatasetsTests/Fixtures/make_fixtures.py`.
package enum Formula {
    /// One channel of one pixel.
    package static func pixel(_ image: Int, row: Int, column: Int, channel: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: image * 31 + channel * 85 + row * 7 + column * 3)
    }

    /// Image number `image` in HWC order.
    package static func image(
        _ image: Int, height: Int, width: Int, channels: Int
    ) -> [UInt8] {
        var pixels: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width {
                for channel in 0..<channels {
                    pixels.append(pixel(image, row: row, column: column, channel: channel))
                }
            }
        }
        return pixels
    }

    /// `count` colour images of 8 x 8 pixels in ten classes.
    package static func images(_ count: Int) throws -> LabelledImages {
        try LabelledImages(
            name: "tiny", channels: 3, height: 8, width: 8,
            pixels: (0..<count).flatMap { image($0, height: 8, width: 8, channels: 3) },
            labels: (0..<count).map { $0 % 10 }, classNames: (0...9).map(String.init))
    }
}

/// Small grey images in classes that differ in which part of the rows is bright.
package enum TinyImages {
    /// The rows and columns of an image.
    package static let side = 9

    /// `count` images with the noise of a seed.
    package static func make(
        count: Int, seed: UInt64, classes: Int = 3
    ) throws -> LabelledImages {
        var pixels: [UInt8] = []
        let labels = (0..<count).map { $0 % classes }
        for (image, label) in labels.enumerated() {
            let random = RandomStream(seed: seed, purpose: .shuffling, item: image)
            for pixel in 0..<side * side {
                let isBright = pixel / side * classes / side == label
                let noise = random.integer(at: pixel, below: 100)
                pixels.append(UInt8(isBright ? 120 + noise : noise))
            }
        }
        return try LabelledImages(
            name: "bands", channels: 1, height: side, width: side, pixels: pixels, labels: labels,
            classNames: (0..<classes).map { "band \($0)" })
    }
}
