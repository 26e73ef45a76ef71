// SPDX-License-Identifier: Apache-2.0

import WRNKernels

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
        height: Int, width: Int, by interpolation: Interpolation, keeping part: PixelRegion? = nil
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
