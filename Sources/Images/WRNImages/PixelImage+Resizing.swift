// SPDX-License-Identifier: Apache-2.0

import WRNKernels

extension ImagePreparation {
    /// The interpolation of an image that changes its size.
    public enum Interpolation: String, Codable, CaseIterable, Hashable, Sendable {
        /// A triangle over one source pixel each way, wider when the image shrinks (antialiased).
        case bilinear
        /// Keys' cubic with a = -1/2 over two source pixels each way, wider when the image shrinks
        /// (antialiased).
        ///
        /// - Reference: Keys 1981, "Cubic Convolution Interpolation for Digital Image Processing".
        case bicubic
    }
}

extension PixelImage {
    /// The image in another size, antialiased: bit for bit what Pillow's `resize` gives, since
    /// version 13.
    ///
    /// Each row is resampled and rounded to bytes, and then each column; or first each column, when
    /// the rows become fewer and
    ///
    ///     old height - new height > 2 (old width - new width)
    ///
    /// Only what the result needs is computed.
    ///
    /// - Parameters:
    ///   - height: The number of rows, 1 or more.
    ///   - width: The number of columns, 1 or more.
    ///   - interpolation: How values between pixels are made.
    ///   - part: The rectangle of the resized image to return; nil is all of it.
    /// - Precondition: `part` is not empty and lies in the resized image; the image has 1 to 4
    ///   channels.
    public func resized(
        height: Int, width: Int, by interpolation: ImagePreparation.Interpolation,
        keeping part: PixelRegion? = nil
    ) -> PixelImage {
        precondition(height >= 1 && width >= 1, "an image of \(width)x\(height) pixels is none")
        precondition((1...4).contains(channels), "\(channels) channels are not resized")
        let whole = PixelRegion(top: 0, left: 0, height: height, width: width)
        let part = part ?? whole
        precondition(whole.contains(part), "\(part) does not lie in \(width)x\(height) pixels")
        guard height != self.height || width != self.width else { return cropped(to: part) }

        let columns = ResizeAxis(
            inputs: self.width, outputs: width, keeping: part.left..<part.left + part.width,
            by: interpolation)
        let rows = ResizeAxis(
            inputs: self.height, outputs: height, keeping: part.top..<part.top + part.height,
            by: interpolation)
        let rowSize = self.width * channels
        let start = rows.first * rowSize + columns.first * channels
        let isColumnsFirst =
            height < self.height && self.height - height > 2 * (self.width - width)
        let result = [UInt8](unsafeUninitializedCapacity: part.height * part.width * channels) {
            output, filled in
            pixels.withUnsafeBufferPointer { pixels in
                let input = UnsafeBufferPointer(rebasing: pixels[start...])
                if isColumnsFirst {
                    resampleColumnsFirst(input, rowSize, rows, columns, into: output)
                } else {
                    resampleRowsFirst(input, rowSize, rows, columns, into: output)
                }
            }
            filled = output.count
        }
        return PixelImage(
            height: part.height, width: part.width, channels: channels, pixels: result)
    }

    private func resampleRowsFirst(
        _ input: UnsafeBufferPointer<UInt8>, _ rowSize: Int, _ rows: ResizeAxis,
        _ columns: ResizeAxis, into output: UnsafeMutableBufferPointer<UInt8>
    ) {
        let count = columns.windows.count * channels
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: rows.inputs * count) { between in
            ResampleOperator.alongRows(
                input, height: rows.inputs, rowSize: rowSize, channels: channels, columns.windows,
                into: between)
            ResampleOperator.alongColumns(
                UnsafeBufferPointer(between), count: count, rowSize: count, rows.windows,
                into: output)
        }
    }

    private func resampleColumnsFirst(
        _ input: UnsafeBufferPointer<UInt8>, _ rowSize: Int, _ rows: ResizeAxis,
        _ columns: ResizeAxis, into output: UnsafeMutableBufferPointer<UInt8>
    ) {
        let count = columns.inputs * channels
        let height = rows.windows.count
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: height * count) { between in
            ResampleOperator.alongColumns(
                input, count: count, rowSize: rowSize, rows.windows, into: between)
            ResampleOperator.alongRows(
                UnsafeBufferPointer(between), height: height, rowSize: count, channels: channels,
                columns.windows, into: output)
        }
    }
}

/// One axis of a resize: which source pixels make which pixels of the result, and with what
/// weights.
///
/// The numbers are those of Pillow's Resample.c, operation by operation, so that the roundings are
/// the same. For output x, with scale = inputs / outputs, s = max(scale, 1) and a filter f that is
/// zero from `support` on:
///
///     centre = (x + 1/2) scale
///     window = trunc(centre - support s + 1/2) ..< trunc(centre + support s + 1/2), in the inputs
///     weight of input i = f((i - centre + 1/2) / s), divided by the window's sum, times 2^22,
///                         rounded away from zero at halves
struct ResizeAxis {
    /// The first source pixel that counts.
    let first: Int
    /// How many source pixels count, from the first on.
    let inputs: Int
    /// The windows, with starts counted from `first`.
    let windows: ResampleWindows

    /// The axis of the outputs `kept`, of all `outputs` into which `inputs` are resized.
    init(
        inputs: Int, outputs: Int, keeping kept: Range<Int>,
        by interpolation: ImagePreparation.Interpolation
    ) {
        let scale = Double(inputs) / Double(outputs)
        let filterScale = max(scale, 1)
        let support = interpolation.support * filterScale
        let inverse = 1 / filterScale
        let stride = min(Int(support.rounded(.up)) * 2 + 1, inputs)
        var starts: [Int32] = []
        var counts: [Int32] = []
        starts.reserveCapacity(kept.count)
        counts.reserveCapacity(kept.count)
        var weights = [Int32](repeating: 0, count: kept.count * stride)
        let first = Self.window(kept.lowerBound, scale, support, inputs).lowerBound
        var end = first
        withUnsafeTemporaryAllocation(of: Double.self, capacity: stride) { exact in
            for (row, output) in kept.enumerated() {
                let centre = (Double(output) + 0.5) * scale
                let window = Self.window(output, scale, support, inputs)
                var sum = 0.0
                for k in 0..<window.count {
                    let place = Double(window.lowerBound + k) - centre + 0.5
                    exact[k] = interpolation.weight(place * inverse)
                    sum += exact[k]
                }
                for k in 0..<window.count {
                    let weight =
                        (sum != 0 ? exact[k] / sum : exact[k]) * Double(ResampleWindows.one)
                    weights[row * stride + k] = Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
                }
                starts.append(Int32(window.lowerBound - first))
                counts.append(Int32(window.count))
                end = max(end, window.upperBound)
            }
        }
        self.first = first
        self.inputs = end - first
        windows = ResampleWindows(
            starts: starts, counts: counts, weights: weights, stride: stride)
    }

    private static func window(
        _ output: Int, _ scale: Double, _ support: Double, _ inputs: Int
    ) -> Range<Int> {
        let centre = (Double(output) + 0.5) * scale
        return max(0, Int(centre - support + 0.5))..<min(inputs, Int(centre + support + 0.5))
    }
}

extension ImagePreparation.Interpolation {
    /// From this distance on the filter is zero.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    /// The filter at a distance from its centre.
    func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear:
            return x < 1 ? 1 - x : 0
        case .bicubic:
            // Keys' a.
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}
