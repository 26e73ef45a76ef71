// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// Decodes an image file, or a rectangle of it, to three channels.
    ///
    /// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`:
    /// turned by EXIF's orientation, grey repeated, palettes looked up, alpha dropped and not
    /// blended, no colour profile applied. [Images](Documentation/Images.md) has the details.
    ///
    /// `file` is what messages call the bytes. `cropping` is called once with the size of the image
    /// as it is shown, and returns a rectangle, or nil for the whole image. The rectangle's pixels
    /// equal those of the whole image bit for bit, but a JPEG decodes only what it needs, which
    /// costs less.
    ///
    /// - Throws: ``ImageError`` for bytes that are no image, end early, are damaged beyond what
    ///   Pillow accepts, or pass a limit.
    /// - Precondition: the rectangle is not empty and lies in the image.
    public init(
        decoding bytes: [UInt8], file: String, limits: ImageLimits = ImageLimits(),
        cropping: (_ height: Int, _ width: Int) -> PixelRegion? = { _, _ in nil }
    ) throws(ImageError) {
        self = try Self.decoding(bytes, file: file, limits: limits, cropping: cropping).image
    }

    /// Decodes as ``init(decoding:file:limits:cropping:)`` does, and also returns a remark on a
    /// file that is read despite a defect.
    package static func decoding(
        _ bytes: [UInt8], file: String, limits: ImageLimits = ImageLimits(),
        cropping: (_ height: Int, _ width: Int) -> PixelRegion? = { _, _ in nil }
    ) throws(ImageError) -> (image: PixelImage, remark: ImageRemark?) {
        let header = try ImageHeader(of: bytes, file: file)
        try limits.check(header, file: file)
        let whole = PixelRegion(top: 0, left: 0, height: header.height, width: header.width)
        let shown = cropping(header.height, header.width) ?? whole
        precondition(whole.contains(shown), "\(shown) does not lie in \(whole)")
        let size = header.storedSize
        let region = header.orientation.stored(shown, height: size.height, width: size.width)
        do throws(ImageError) {
            let part: (image: PixelImage, remark: ImageRemark?)
            #if canImport(ImageIO)
                part = (try SystemImageDecoder.image(bytes, header, region), nil)
            #else
                switch header.format {
                case .jpeg: part = try JPEGDecoder.image(bytes, size, region, limits)
                case .png: part = try PNGDecoder.image(bytes, size, region, limits)
                case .webp: part = (try WebPDecoder.image(bytes, size, region, limits), nil)
                }
            #endif
            return (header.orientation.shown(part.image), part.remark)
        } catch {
            throw error.inFile(file)
        }
    }
}

/// The limits of one image file: a few bytes can declare a very large image, or require very much
/// work.
public struct ImageLimits: Codable, Hashable, Sendable {
    /// The most pixels of an image by default, which are those of Pillow: cameras make up to 108
    /// million, stitched panoramas more.
    public static let defaultMaximumPixelCount = 178_956_970
    /// The most bytes of memory for a decoder by default, 1 GiB: a progressive JPEG of the most
    /// pixels needs six bytes for each.
    public static let defaultMaximumDecoderByteCount = 1 << 30
    /// The most scans of a progressive JPEG by default; encoders write about ten, optimisers a few
    /// dozen.
    public static let defaultMaximumScanCount = 100

    /// The most pixels of an image; a larger one is refused before memory is allocated.
    public var maximumPixelCount: Int
    /// The most bytes that a decoder may take for itself, besides the pixels that it returns.
    public var maximumDecoderByteCount: Int
    /// The most scans that a progressive JPEG may have; each costs a pass over the whole image.
    public var maximumScanCount: Int

    /// Creates limits.
    public init(
        maximumPixelCount: Int = defaultMaximumPixelCount,
        maximumDecoderByteCount: Int = defaultMaximumDecoderByteCount,
        maximumScanCount: Int = defaultMaximumScanCount
    ) {
        self.maximumPixelCount = maximumPixelCount
        self.maximumDecoderByteCount = maximumDecoderByteCount
        self.maximumScanCount = maximumScanCount
    }

    /// Creates limits for images of up to `count` pixels, with as much memory for a decoder as
    /// these may need.
    public init(pixels count: Int) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 6)
        self.init(
            maximumPixelCount: count,
            maximumDecoderByteCount: max(
                overflow ? .max : bytes, Self.defaultMaximumDecoderByteCount))
    }

    /// Refuses an image with too many pixels.
    func check(_ header: ImageHeader, file: String) throws(ImageError) {
        let (count, overflow) = header.width.multipliedReportingOverflow(by: header.height)
        // The bytes of the pixels must be countable, whatever the limit.
        guard !overflow, count <= min(maximumPixelCount, Int.max / 8) else {
            throw ImageError(
                .tooLarge, file: file,
                "the image has \(header.width)x\(header.height) pixels; at most "
                    + "\(maximumPixelCount) are read, a limit that can be raised"
            )
        }
    }
}

/// A remark on an image file that is read despite a defect.
package enum ImageRemark: Hashable, Sendable {
    /// Some of the data are damaged, so that pixels are grey or wrong; with the decoder's message.
    case damaged(String)
    /// Grey of 16 bits is clipped to 255, as Pillow does it, and a fraction of the pixels becomes
    /// white.
    case clippedGrey(fraction: Double)
}
