// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNTensor
import WRNTestSupport

/// The image of which the fixtures' logits are: pixel (c, y, x) is ((37 c + 11 y + 5 x) mod 32) /
/// 16 - 1.
///
/// Pixel after pixel, as the engine reads images.
func tinyImage(channels: Int = 3, size: Int) -> [Float] {
    var pixels: [Float] = []
    for y in 0..<size {
        for x in 0..<size {
            for c in 0..<channels {
                let level = (37 * c + 11 * y + 5 * x) % 32
                pixels.append(Float(level) / 16 - 1)
            }
        }
    }
    return pixels
}

/// The logits that PyTorch computes for the image.
func expectedLogits(_ name: String) throws -> [Float] {
    try fixture([String: [Float]].self, from: "logits.json")[name] ?? []
}
