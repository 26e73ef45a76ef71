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

extension PixelRegion {
    /// Whether another rectangle has pixels, all of them in this one.
    func contains(_ other: PixelRegion) -> Bool {
        other.height >= 1 && other.width >= 1 && other.top >= top && other.left >= left
            && other.top - top <= height - other.height && other.left - left <= width - other.width
    }
}

extension PixelImage {
    /// The rectangle of all pixels.
    var bounds: PixelRegion { PixelRegion(top: 0, left: 0, height: height, width: width) }

    /// The part of the image in a rectangle.
    ///
    /// - Precondition: `region` is not empty and lies in the image.
    public func cropped(to region: PixelRegion) -> PixelImage {
        precondition(bounds.contains(region), "\(region) does not lie in \(width)x\(height) pixels")
        guard region != bounds else { return self }
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
