// SPDX-License-Identifier: Apache-2.0

#if !canImport(ImageIO)
    import CWebP

    /// Decodes WebP with libwebp.
    enum WebPDecoder {
        /// The memory for decoding a lossless image.
        private static let bytesPerPixel = 4

        /// A rectangle of the image of the given size; of an animation's first frame, on black.
        static func image(
            _ bytes: [UInt8], _ size: (height: Int, width: Int), _ region: PixelRegion,
            _ limits: ImageLimits
        ) throws(ImageError) -> PixelImage {
            guard size.height * size.width <= limits.maximumDecoderByteCount / bytesPerPixel else {
                throw ImageError(
                    .tooLarge,
                    "the WebP image needs more memory than the \(limits.maximumDecoderByteCount) "
                        + "bytes that a decoder may take"
                )
            }
            guard let frame = try WebPChunks.firstFrame(in: bytes) else {
                return try decoded(bytes[...], size.height, size.width).cropped(to: region)
            }
            guard frame.width <= size.width - frame.left, frame.height <= size.height - frame.top
            else {
                throw ImageError(.malformed, "the WebP animation's first frame leaves its canvas")
            }
            let image = try decoded(frame.data, frame.height, frame.width)
            return canvas(size.height, size.width, with: image, top: frame.top, left: frame.left)
                .cropped(to: region)
        }

        private static func decoded(
            _ data: ArraySlice<UInt8>, _ height: Int, _ width: Int
        ) throws(ImageError) -> PixelImage {
            var status = VP8_STATUS_OK
            var config = WebPDecoderConfig()
            guard WebPInitDecoderConfig(&config) != 0 else {
                throw ImageError(.unsupported, "libwebp here is of another version than its header")
            }
            let pixels: [UInt8] = data.withUnsafeBufferPointer { input in
                status = WebPGetFeatures(input.baseAddress, input.count, &config.input)
                guard status == VP8_STATUS_OK else { return [] }
                guard config.input.width == width, config.input.height == height,
                    config.input.has_animation == 0
                else {
                    status = VP8_STATUS_BITSTREAM_ERROR
                    return []
                }
                return [UInt8](unsafeUninitializedCapacity: height * width * 3) { output, filled in
                    config.output.colorspace = MODE_RGB
                    config.output.is_external_memory = 1
                    config.output.u.RGBA.rgba = output.baseAddress
                    config.output.u.RGBA.stride = Int32(width * 3)
                    config.output.u.RGBA.size = output.count
                    status = WebPDecode(input.baseAddress, input.count, &config)
                    filled = status == VP8_STATUS_OK ? output.count : 0
                }
            }
            switch status {
            case VP8_STATUS_OK: break
            case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED:
                throw ImageError(
                    .truncated,
                    "the WebP data end before the image does; the file was cut off, so get it again"
                )
            case VP8_STATUS_OUT_OF_MEMORY:
                throw ImageError(.tooLarge, "libwebp found no memory for the image")
            default:
                throw ImageError(.malformed, "the WebP data are damaged; get the file again")
            }
            return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
        }

        private static func canvas(
            _ height: Int, _ width: Int, with image: PixelImage, top: Int, left: Int
        ) -> PixelImage {
            guard height != image.height || width != image.width else { return image }
            var pixels = [UInt8](repeating: 0, count: height * width * 3)
            for row in 0..<image.height {
                let start = ((top + row) * width + left) * 3
                let source = row * image.width * 3
                pixels.replaceSubrange(
                    start..<start + image.width * 3,
                    with: image.pixels[source..<source + image.width * 3])
            }
            return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
        }
    }
#endif
