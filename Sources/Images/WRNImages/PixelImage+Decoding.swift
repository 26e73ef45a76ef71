// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// Decodes an image file, or a rectangle of it, to three channels.
    ///
    /// The pixels are those of Pillow's `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`:
    /// turned as EXIF says, grey repeated, palettes looked up, alpha dropped and not blended, no
    /// colour profile applied. [Images](Documentation/Images.md) has the details.
    ///
    /// `file` is what messages call the bytes. `cropping` is asked once, with the size of the image
    /// as it is shown, and may choose a rectangle; nil is the whole image. The rectangle's pixels
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

    /// Decodes as ``init(decoding:file:limits:cropping:)`` does, and says what a person should know
    /// of the file that does not keep it from being read.
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
