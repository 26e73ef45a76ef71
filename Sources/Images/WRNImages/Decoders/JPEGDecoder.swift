// SPDX-License-Identifier: Apache-2.0

#if !canImport(ImageIO)
    import CWRNJPEG

    /// Decodes JPEG with libjpeg-turbo.
    enum JPEGDecoder {
        /// A rectangle of the image of the given size, and whether damage cost pixels.
        static func image(
            _ bytes: [UInt8], _ size: (height: Int, width: Int), _ region: PixelRegion,
            _ limits: ImageLimits
        ) throws(ImageError) -> (PixelImage, ImageRemark?) {
            guard size.height <= UInt16.max, size.width <= UInt16.max else {
                throw ImageError(.malformed, "a JPEG image has at most 65535 rows and columns")
            }
            let isWhole = region.height == size.height && region.width == size.width
            var request = wrn_jpeg_request()
            request.count = bytes.count
            request.image_height = UInt32(size.height)
            request.image_width = UInt32(size.width)
            request.top = UInt32(region.top)
            request.left = UInt32(region.left)
            request.height = UInt32(region.height)
            request.width = UInt32(region.width)
            // A file that is damaged below the rectangle is refused, too, so that the result does
            // not depend on the rectangle.
            request.only_needed = !isWhole && JPEGMarkers.endsAsExpected(bytes) ? 1 : 0
            request.scan_limit = Int32(clamping: limits.maximumScanCount)
            request.memory_limit = limits.maximumDecoderByteCount
            let message = UnsafeMutableBufferPointer<CChar>.allocate(
                capacity: Int(WRN_JPEG_MESSAGE_SIZE))
            message.initialize(repeating: 0)
            defer { message.deallocate() }
            var status = WRN_JPEG_OK
            let pixels = [UInt8](unsafeUninitializedCapacity: region.height * region.width * 3) {
                output, filled in
                status = bytes.withUnsafeBufferPointer { input in
                    request.bytes = input.baseAddress
                    return wrn_jpeg_decode(&request, output.baseAddress, message.baseAddress)
                }
                // A failed image is discarded.
                filled = status == WRN_JPEG_OK ? output.count : 0
            }
            let said = String(
                decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if let error = error(status, said, limits) { throw error }
            return (
                PixelImage(
                    height: region.height, width: region.width, channels: 3, pixels: pixels),
                said.isEmpty ? nil : .damaged(said)
            )
        }

        private static func error(
            _ status: wrn_jpeg_status, _ said: String, _ limits: ImageLimits
        ) -> ImageError? {
            switch status {
            case WRN_JPEG_OK: return nil
            case WRN_JPEG_TRUNCATED:
                return ImageError(
                    .truncated,
                    "the JPEG data end before the image does; the file was cut off, so get it again"
                )
            case WRN_JPEG_UNSUPPORTED:
                return ImageError(
                    .unsupported,
                    "this kind of JPEG is not read (\(said)); convert the image to 8-bit baseline "
                        + "JPEG"
                )
            case WRN_JPEG_TOO_LARGE:
                return ImageError(
                    .tooLarge,
                    said.isEmpty
                        ? "the JPEG image has more than \(limits.maximumScanCount) scans, the most "
                            + "that are read"
                        : "the JPEG image is too large (\(said)); a decoder may take "
                            + "\(limits.maximumDecoderByteCount) bytes"
                )
            default:
                return ImageError(
                    .malformed, "the JPEG data are damaged (\(said)); get the file again")
            }
        }
    }
#endif
