// SPDX-License-Identifier: Apache-2.0

/// A rectangle of whole pixels in an image.
public struct PixelRegion: Hashable, Sendable {
    /// The first row.
    public let top: Int
    /// The first column.
    public let left: Int
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int

    /// Creates a rectangle.
    public init(top: Int, left: Int, height: Int, width: Int) {
        self.top = top
        self.left = left
        self.height = height
        self.width = width
    }
}

extension PixelImage {
    /// Whether a rectangle has pixels, all of them in an image of this size.
    func contains(_ region: PixelRegion) -> Bool {
        region.top >= 0 && region.left >= 0 && region.height >= 1 && region.width >= 1
            && region.top <= height - region.height && region.left <= width - region.width
    }

    /// The part of the image in a rectangle.
    ///
    /// - Precondition: `region` is not empty and lies in the image.
    public func cropped(to region: PixelRegion) -> PixelImage {
        precondition(contains(region), "\(region) does not lie in \(width)x\(height) pixels")
        let rowSize = region.width * channels
        var part: [UInt8] = []
        part.reserveCapacity(region.height * rowSize)
        for row in region.top..<region.top + region.height {
            let start = (row * width + region.left) * channels
            part += pixels[start..<start + rowSize]
        }
        return PixelImage(
            height: region.height, width: region.width, channels: channels, pixels: part)
    }
}
