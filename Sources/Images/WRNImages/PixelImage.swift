// SPDX-License-Identifier: Apache-2.0

/// An image in memory: rows of pixels, each with one byte a channel.
///
/// The pixels are HWC: row after row from the top, in it pixel after pixel from the left, the
/// channels of a pixel side by side. With three channels they are red, green and blue, with one it
/// is grey.
public struct PixelImage: Hashable, Sendable {
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int
    /// The number of channels: 1 for grey, 3 for red, green and blue; others have no meaning here.
    public let channels: Int
    /// The bytes, `height * width * channels` of them.
    public let pixels: [UInt8]

    /// Creates an image from its bytes.
    ///
    /// - Precondition: `pixels` has `height * width * channels` bytes, and all three are 1 or more.
    public init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
        precondition(
            height >= 1 && width >= 1 && channels >= 1,
            "an image of \(width)x\(height) pixels and \(channels) channels is none")
        precondition(
            pixels.count == height * width * channels,
            "\(pixels.count) bytes do not fill \(width)x\(height) pixels of \(channels) channels")
        self.height = height
        self.width = width
        self.channels = channels
        self.pixels = pixels
    }
}

extension PixelImage {
    /// The image with 1 or 3 channels: grey is repeated, and colours become their luma as Pillow's
    /// `convert("L")` has it.
    ///
    ///     L = (19595 R + 38470 G + 7471 B + 2^15) >> 16
    ///
    /// - Precondition: `count` is `channels`, or both are 1 or 3.
    public func converted(toChannels count: Int) -> PixelImage {
        guard count != channels else { return self }
        precondition(
            [1, 3].contains(count) && [1, 3].contains(channels),
            "\(channels) channels have no meaning as \(count)")
        let converted = [UInt8](unsafeUninitializedCapacity: height * width * count) {
            output, filled in
            filled = output.count
            pixels.withUnsafeBufferPointer { input in
                for place in 0..<height * width {
                    if count == 3 {
                        for channel in 0..<3 { output[3 * place + channel] = input[place] }
                    } else {
                        let (red, green) = (Int(input[3 * place]), Int(input[3 * place + 1]))
                        let blue = Int(input[3 * place + 2])
                        output[place] = UInt8(
                            (19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16)
                    }
                }
            }
        }
        return PixelImage(height: height, width: width, channels: count, pixels: converted)
    }
}

/// A rectangle of whole pixels in an image.
public struct PixelRegion: Codable, Hashable, Sendable {
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

extension PixelImage {
    /// An image of the same size whose bytes `body` writes, all of them.
    func rewritten(
        _ body: (_ input: UnsafeBufferPointer<UInt8>, _ output: UnsafeMutableBufferPointer<UInt8>)
            -> Void
    ) -> PixelImage {
        let written = [UInt8](unsafeUninitializedCapacity: pixels.count) { output, filled in
            filled = pixels.count
            pixels.withUnsafeBufferPointer {
                body($0, UnsafeMutableBufferPointer(rebasing: output[..<pixels.count]))
            }
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: written)
    }
}
