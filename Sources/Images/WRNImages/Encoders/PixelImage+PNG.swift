// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// The image as a PNG file, of 8-bit grey or colour, without any other data.
    ///
    /// - Throws: ``ImageError`` for other than 1 or 3 channels, more rows or columns than 2^31 - 1,
    ///   or no memory.
    public func png() throws(ImageError) -> [UInt8] {
        guard [1, 3].contains(channels) else {
            throw ImageError(
                .invalidArgument,
                "PNG is written for 1 or 3 channels, and the image has \(channels)"
            )
        }
        guard max(height, width) <= Int(Int32.max) else {
            throw ImageError(
                .tooLarge, "PNG has no room for \(width)x\(height) pixels; scale the image down")
        }
        #if canImport(ImageIO)
            return try SystemImageEncoder.png(self)
        #else
            return try PNGEncoder.png(self)
        #endif
    }
}
