// SPDX-License-Identifier: Apache-2.0

#if !canImport(ImageIO)
    import CSPNG

    /// Decodes PNG with libspng.
    enum PNGDecoder {
        /// No chunk of a photograph is larger.
        private static let maximumChunkByteCount = 64 << 20

        /// A rectangle of the image of the given size, and whether grey of 16 bits was clipped.
        static func image(
            _ bytes: [UInt8], _ size: (height: Int, width: Int), _ region: PixelRegion,
            _ limits: ImageLimits
        ) throws(ImageError) -> (PixelImage, ImageRemark?) {
            guard let context = spng_ctx_new(0) else {
                throw ImageError(.tooLarge, "libspng found no memory to start")
            }
            defer { spng_ctx_free(context) }
            let chunkLimit = min(maximumChunkByteCount, max(0, limits.maximumDecoderByteCount))
            try check(spng_set_image_limits(context, UInt32(size.width), UInt32(size.height)))
            try check(spng_set_chunk_limits(context, chunkLimit, chunkLimit))
            var header = spng_ihdr()
            var status: Int32 = 0
            var isDeepGrey = false
            let pixels: [UInt8] = PNGChunks.essential(bytes).withUnsafeBufferPointer { input in
                status = spng_set_png_buffer(context, input.baseAddress, input.count)
                if status == 0 { status = spng_get_ihdr(context, &header) }
                guard status == 0 else { return [] }
                isDeepGrey =
                    header.bit_depth == 16
                    && UInt32(header.color_type) == SPNG_COLOR_TYPE_GRAYSCALE.rawValue
                let format = isDeepGrey ? SPNG_FMT_PNG : SPNG_FMT_RGB8
                let count = size.height * size.width * (isDeepGrey ? 2 : 3)
                return [UInt8](unsafeUninitializedCapacity: count) { output, filled in
                    status = spng_decode_image(
                        context, output.baseAddress, count, Int32(format.rawValue), 0)
                    filled = status == 0 ? count : 0
                }
            }
            try check(status)
            let whole = PixelImage(
                height: size.height, width: size.width, channels: 3,
                pixels: isDeepGrey ? clipped(pixels) : pixels)
            return (whole.cropped(to: region), isDeepGrey ? remark(pixels) : nil)
        }

        /// The remark on grey of 16 bits; nil if the levels fit 8 bits.
        private static func remark(_ deep: [UInt8]) -> ImageRemark? {
            let (above, count) = deep.withUnsafeBytes { bytes in
                let values = bytes.bindMemory(to: UInt16.self)
                return (values.count { $0 > 255 }, values.count)
            }
            return above == 0 ? nil : .clippedGrey(fraction: Double(above) / Double(count))
        }

        /// Grey of 16 bits as Pillow converts it: not scaled but clipped to 255, and repeated.
        private static func clipped(_ deep: [UInt8]) -> [UInt8] {
            deep.withUnsafeBytes { bytes in
                let values = bytes.bindMemory(to: UInt16.self)
                return [UInt8](unsafeUninitializedCapacity: 3 * values.count) { output, filled in
                    for place in 0..<output.count {
                        output[place] = UInt8(clamping: values[place / 3])
                    }
                    filled = output.count
                }
            }
        }

        private static func check(_ status: Int32) throws(ImageError) {
            let said = spng_strerror(status).map { String(cString: $0) } ?? "error \(status)"
            switch status {
            case 0: return
            case SPNG_EOF.rawValue, SPNG_EIDAT_TOO_SHORT.rawValue:
                throw ImageError(
                    .truncated,
                    "the PNG data end before the image does; the file was cut off, so get it again")
            case SPNG_ECHUNK_LIMITS.rawValue:
                // Kept chunks are this long only with a false length.
                throw ImageError(
                    .malformed,
                    "a PNG chunk is said to be longer than any is; the file is damaged, so get it "
                        + "again"
                )
            case SPNG_EMEM.rawValue:
                throw ImageError(.tooLarge, "the PNG image needs too much memory (\(said))")
            default:
                throw ImageError(
                    .malformed, "the PNG data are damaged (\(said)); get the file again")
            }
        }
    }
#endif
