// SPDX-License-Identifier: Apache-2.0

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
