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

    /// The filter at one byte; the order of its sums, from the row below up, is Pillow's and decides the rounding.
    private static func smooth(
        _ input: UnsafeBufferPointer<UInt8>, at index: Int, _ rowSize: Int, _ step: Int
    ) -> UInt8 {
        let (one, five) = (Float(1) / 13, Float(5) / 13)
        func sum(_ index: Int, middle: Float) -> Float {
            Float(input[index - step]) * one + Float(input[index]) * middle
                + Float(input[index + step]) * one
        }
        var total: Float = 0.5
        total += sum(index + rowSize, middle: one)
        total += sum(index, middle: five)
        total += sum(index - rowSize, middle: one)
        return UInt8(min(max(total, 0), 255))
    }
}
