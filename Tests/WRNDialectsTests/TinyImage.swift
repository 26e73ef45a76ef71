// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNTensor

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

/// The path of a fixture beside these sources.
func fixture(_ name: String, source: String = #filePath) -> String {
    URL(fileURLWithPath: source).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name)").path
}

/// What PyTorch made of the image.
func expectedLogits(_ name: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture("logits.json")))
    return try JSONDecoder().decode([String: [Float]].self, from: data)[name] ?? []
}
