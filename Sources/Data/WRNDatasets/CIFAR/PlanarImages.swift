// SPDX-License-Identifier: Apache-2.0

/// CIFAR stores each image as a red, a green and a blue plane (CHW); everything here has pixels
/// side by side (HWC).
enum PlanarImages {
    /// Appends `count` images as HWC.
    ///
    /// Each record of `source` has `skipping` bytes that do not belong to the image, and then the
    /// three planes.
    ///
    /// - Precondition: `source` has `count` records.
    static func appendInterleaved(
        _ source: ArraySlice<UInt8>, recordByteCount: Int, skipping: Int, count: Int,
        to pixels: inout [UInt8]
    ) {
        precondition(source.count >= count * recordByteCount, "records that are not there")
        precondition(skipping + CIFARLayout.imageByteCount <= recordByteCount, "a record too short")
        let plane = CIFARLayout.side * CIFARLayout.side
        let image = CIFARLayout.imageByteCount
        let start = pixels.count
        pixels.append(contentsOf: repeatElement(0, count: count * image))
        pixels.withUnsafeMutableBufferPointer { output in
            source.withUnsafeBufferPointer { input in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                for record in 0..<count {
                    let from = input + record * recordByteCount + skipping
                    let to = output + start + record * image
                    for pixel in 0..<plane {
                        to[3 * pixel] = from[pixel]
                        to[3 * pixel + 1] = from[plane + pixel]
                        to[3 * pixel + 2] = from[2 * plane + pixel]
                    }
                }
            }
        }
    }
}
