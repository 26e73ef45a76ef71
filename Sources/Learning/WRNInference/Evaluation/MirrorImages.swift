// SPDX-License-Identifier: Apache-2.0

extension [Float] {
    /// The mirror images of a batch (NHWC), left and right swapped.
    ///
    /// - Precondition: The values fill whole rows.
    func mirrored(width: Int, channels: Int) -> [Float] {
        let rowSize = width * channels
        precondition(count.isMultiple(of: rowSize), "\(count) values are no rows of \(rowSize)")
        // A batch whose files are all broken; the storage that all empty arrays share must not be written to.
        guard count > 0 else { return [] }
        return [Float](unsafeUninitializedCapacity: count) { output, filled in
            for row in stride(from: 0, to: count, by: rowSize) {
                for column in 0..<width {
                    let (place, source) = (column * channels, (width - 1 - column) * channels)
                    for channel in 0..<channels {
                        output[row + place + channel] = self[row + source + channel]
                    }
                }
            }
            filled = count
        }
    }
}
