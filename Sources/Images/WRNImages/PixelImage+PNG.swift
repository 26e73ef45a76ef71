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

#if !canImport(ImageIO)
    import CSPNG

    /// Writes PNG with libspng.
    enum PNGEncoder {
        /// The file of an image with 1 or 3 channels.
        static func png(_ image: PixelImage) throws(ImageError) -> [UInt8] {
            guard let context = spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
                throw ImageError(.tooLarge, "libspng found no memory to start")
            }
            defer { spng_ctx_free(context) }
            var file: [UInt8] = []
            let status = withUnsafeMutablePointer(to: &file) { file in
                encode(image, with: context, into: file)
            }
            guard status == 0 else {
                let said = spng_strerror(status).map { String(cString: $0) } ?? "error \(status)"
                throw ImageError(.tooLarge, "libspng cannot write the image (\(said))")
            }
            return file
        }

        private static func encode(
            _ image: PixelImage, with context: OpaquePointer,
            into file: UnsafeMutablePointer<[UInt8]>
        ) -> Int32 {
            var header = spng_ihdr()
            header.width = UInt32(image.width)
            header.height = UInt32(image.height)
            header.bit_depth = 8
            let type =
                image.channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR
            header.color_type = UInt8(type.rawValue)
            var status = spng_set_png_stream(
                context,
                { _, user, source, count in
                    let file = user?.assumingMemoryBound(to: [UInt8].self)
                    let bytes = UnsafeRawBufferPointer(start: source, count: count)
                    file?.pointee.append(contentsOf: bytes)
                    return 0
                }, file)
            if status == 0 { status = spng_set_ihdr(context, &header) }
            guard status == 0 else { return status }
            return image.pixels.withUnsafeBytes { pixels in
                spng_encode_image(
                    context, pixels.baseAddress, pixels.count, Int32(SPNG_FMT_PNG.rawValue),
                    Int32(SPNG_ENCODE_FINALIZE.rawValue))
            }
        }
    }
#endif

#if canImport(ImageIO)
    import CoreGraphics
    import Foundation
    import ImageIO

    /// Writes PNG with Apple's ImageIO.
    enum SystemImageEncoder {
        /// The file of an image with 1 or 3 channels.
        static func png(_ image: PixelImage) throws(ImageError) -> [UInt8] {
            let file = NSMutableData()
            guard let provider = CGDataProvider(data: Data(image.pixels) as CFData),
                let picture = CGImage(
                    width: image.width, height: image.height, bitsPerComponent: 8,
                    bitsPerPixel: 8 * image.channels, bytesPerRow: image.width * image.channels,
                    space: image.channels == 1
                        ? CGColorSpaceCreateDeviceGray() : CGColorSpaceCreateDeviceRGB(),
                    bitmapInfo: CGBitmapInfo(rawValue: CGImageAlphaInfo.none.rawValue),
                    provider: provider, decode: nil, shouldInterpolate: false,
                    intent: .defaultIntent),
                let destination = CGImageDestinationCreateWithData(
                    file, "public.png" as CFString, 1, nil)
            else { throw ImageError(.tooLarge, "ImageIO cannot write the image") }
            CGImageDestinationAddImage(destination, picture, nil)
            guard CGImageDestinationFinalize(destination) else {
                throw ImageError(.tooLarge, "ImageIO cannot write the image")
            }
            return Array(file as Data)
        }
    }
#endif
