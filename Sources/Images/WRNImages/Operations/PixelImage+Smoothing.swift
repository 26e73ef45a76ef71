// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// The image after Pillow's `SMOOTH`, a 3 x 3 filter.
    ///
    ///     1 1 1
    ///     1 5 1   / 13
    ///     1 1 1
    ///
    /// The outermost pixels stay as they are.
    public func smoothed() -> PixelImage {
        guard height >= 3 && width >= 3 else { return self }
        let (rowSize, step) = (width * channels, channels)
        return rewritten { input, output in
            _ = output.update(fromContentsOf: input)
            for row in 1..<height - 1 {
                let start = row * rowSize
                for index in start + step..<start + rowSize - step {
                    output[index] = Self.smooth(input, at: index, rowSize, step)
                }
            }
        }
    }

    /// The filter at one byte, rounded to the nearest level.
    ///
    /// Pillow sums in floats; it gets the same, because no sum of bytes is nearer than 1/26 to a
    /// half, and its error is below 1/1000.
    private static func smooth(
        _ input: UnsafeBufferPointer<UInt8>, at index: Int, _ rowSize: Int, _ step: Int
    ) -> UInt8 {
        func row(_ index: Int) -> UInt32 {
            UInt32(input[index - step]) + UInt32(input[index]) + UInt32(input[index + step])
        }
        let sum =
            row(index - rowSize) + row(index) + row(index + rowSize) + 4 * UInt32(input[index])
        return UInt8((2 * sum + 13) / 26)
    }
}
