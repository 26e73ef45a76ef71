// SPDX-License-Identifier: Apache-2.0

// Between a degenerate image and the image itself, and beyond it (Haeberli and Voorhies 1994).

extension PixelImage {
    /// The image between black (factor 0) and itself (factor 1), or beyond.
    ///
    /// - Precondition: `factor` is finite.
    public func brightened(by factor: Double) -> PixelImage {
        let blend = Blend(factor)
        return mapped { Int(blend(0, UInt8($0))) }
    }

    /// The image between its mean grey (factor 0) and itself (factor 1), or beyond.
    ///
    /// - Precondition: `factor` is finite, and the image is grey or in colour.
    public func contrasted(by factor: Double) -> PixelImage {
        let blend = Blend(factor)
        let grey = converted(toChannels: 1).pixels
        let sum = grey.reduce(0) { $0 + Int($1) }
        let mean = UInt8(Double(sum) / Double(grey.count) + 0.5)
        return mapped { Int(blend(mean, UInt8($0))) }
    }

    /// The image between its greys (factor 0) and itself (factor 1), or beyond; a grey image stays
    /// as it is.
    ///
    /// - Precondition: `factor` is finite, and the image is grey or in colour.
    public func saturated(by factor: Double) -> PixelImage {
        blended(from: converted(toChannels: 1).converted(toChannels: channels), by: factor)
    }

    /// The image between its ``smoothed()`` form (factor 0) and itself (factor 1), or beyond.
    ///
    /// - Precondition: `factor` is finite.
    public func sharpened(by factor: Double) -> PixelImage {
        blended(from: smoothed(), by: factor)
    }

    /// Each pixel from `other` (factor 0) to this image (factor 1), or beyond.
    private func blended(from other: PixelImage, by factor: Double) -> PixelImage {
        let blend = Blend(factor)
        return rewritten { input, output in
            other.pixels.withUnsafeBufferPointer { other in
                for index in 0..<input.count { output[index] = blend(other[index], input[index]) }
            }
        }
    }
}

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

/// Pillow's blend of two levels, a + f (b - a) in single precision, cut to 0...255 and without its
/// fraction.
private struct Blend {
    private let factor: Float

    init(_ factor: Double) {
        precondition(factor.isFinite, "a factor is a finite number, not \(factor)")
        // A factor too large for a float has the same effect as the largest one.
        self.factor = max(
            -.greatestFiniteMagnitude, min(Float(factor), .greatestFiniteMagnitude))
    }

    func callAsFunction(_ first: UInt8, _ second: UInt8) -> UInt8 {
        let value = Float(first) + factor * Float(Int(second) - Int(first))
        return UInt8(min(max(value, 0), 255))
    }
}
