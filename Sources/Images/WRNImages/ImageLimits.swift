// SPDX-License-Identifier: Apache-2.0

/// The limits of one image file: a few bytes can claim a very large image, or very much work.
public struct ImageLimits: Hashable, Sendable {
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
                "the image has \(header.width)x\(header.height) pixels; at most \(maximumPixelCount) are read, a limit that can be raised"
            )
        }
    }
}
