// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// Decodes an image file, or a rectangle of it, to three channels.
    ///
    /// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`: turned as EXIF says, grey repeated,
    /// palettes looked up, alpha dropped and not blended, no colour profile applied. [Images](Documentation/Images.md) has the details.
    ///
    /// `file` is what messages call the bytes. `cropping` is asked once, with the size of the image as it is shown, and may choose a
    /// rectangle; nil is the whole image. The rectangle's pixels equal those of the whole image bit for bit, but a JPEG decodes only what it
    /// needs, which costs less.
    ///
    /// - Throws: ``ImageError`` for bytes that are no image, end early, are damaged beyond what Pillow accepts, or pass a limit.
    /// - Precondition: the rectangle is not empty and lies in the image.
    public init(
        decoding bytes: [UInt8], file: String, limits: ImageLimits = ImageLimits(),
        cropping: (_ height: Int, _ width: Int) -> PixelRegion? = { _, _ in nil }
    ) throws(ImageError) {
        let header = try ImageHeader(of: bytes, file: file)
        try limits.check(header, file: file)
        let whole = PixelRegion(top: 0, left: 0, height: header.height, width: header.width)
        let shown = cropping(header.height, header.width) ?? whole
        precondition(whole.contains(shown), "\(shown) does not lie in \(whole)")
        let size = header.storedSize
        let region = header.orientation.stored(shown, height: size.height, width: size.width)
        do throws(ImageError) {
            #if canImport(ImageIO)
                let part = try SystemImageDecoder.image(bytes, header, region)
            #else
                let part =
                    switch header.format {
                    case .jpeg: try JPEGDecoder.image(bytes, size, region, limits)
                    case .png: try PNGDecoder.image(bytes, size, region, limits)
                    case .webp: try WebPDecoder.image(bytes, size, region, limits)
                    }
            #endif
            self = header.orientation.shown(part)
        } catch {
            throw error.inFile(file)
        }
    }
}
