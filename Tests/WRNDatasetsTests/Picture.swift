// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNImages
import WRNTestSupport

@testable import WRNDatasets

/// The pictures of `Fixtures/make_image_fixtures.py`, by the same formula.
enum Picture {
    /// A colour picture; the lossless ones of the image folders have 5 rows and 7 columns.
    static func pixels(_ seed: Int, height: Int = 5, width: Int = 7) -> [UInt8] {
        var pixels: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width {
                for channel in 0..<3 {
                    pixels.append(
                        UInt8(
                            truncatingIfNeeded: seed * 31 + channel * 85 + row * 17 + column * 13))
                }
            }
        }
        return pixels
    }

    /// A valid small PNG, for tests in which only names matter.
    static func png() throws -> [UInt8] {
        Array(try DataFixture.bytes("images/train/cat/1.png").bytes)
    }
}

extension TemporaryDirectory {
    /// Writes a small PNG under each name.
    func writePictures(_ names: [String]) throws {
        let png = try Picture.png()
        for name in names { try write(name, png) }
    }
}
