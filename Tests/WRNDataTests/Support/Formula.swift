// SPDX-License-Identifier: Apache-2.0

/// The images of the fixtures, by the same formula as in `Fixtures/make_fixtures.py`.
enum Formula {
    static func pixel(_ image: Int, row: Int, column: Int, channel: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: image * 31 + channel * 85 + row * 7 + column * 3)
    }

    /// Image number `image` in HWC order.
    static func image(_ image: Int, height: Int, width: Int, channels: Int) -> [UInt8] {
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
}
