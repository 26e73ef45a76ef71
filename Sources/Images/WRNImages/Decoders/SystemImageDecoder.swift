// SPDX-License-Identifier: Apache-2.0

#if canImport(ImageIO)
    import CoreGraphics
    import Foundation
    import ImageIO

    /// Decodes every format with Apple's ImageIO.
    enum SystemImageDecoder {
        /// A rectangle of the image that the header describes.
        static func image(
            _ bytes: [UInt8], _ header: ImageHeader, _ region: PixelRegion
        ) throws(ImageError) -> PixelImage {
            let options = [kCGImageSourceShouldCache: false] as CFDictionary
            guard let source = CGImageSourceCreateWithData(Data(bytes) as CFData, options),
                let image = CGImageSourceCreateImageAtIndex(source, 0, options)
            else {
                throw ImageError(
                    .malformed, "the \(header.format.name) data are damaged; get the file again")
            }
            guard CGImageSourceGetStatusAtIndex(source, 0) == .statusComplete else {
                throw ImageError(
                    .truncated,
                    "the \(header.format.name) data end before the image does; the file was cut "
                        + "off, so get it again"
                )
            }
            let size = header.storedSize
            guard image.width == size.width, image.height == size.height else {
                throw ImageError(
                    .malformed,
                    "the header says \(size.width)x\(size.height) pixels, the data have "
                        + "\(image.width)x\(image.height)"
                )
            }
            guard let pixels = stored(image) ?? drawn(image) else {
                throw ImageError(
                    .unsupported,
                    "ImageIO cannot give the pixels as red, green and blue; convert the image to "
                        + "8-bit colour"
                )
            }
            return PixelImage(
                height: size.height, width: size.width, channels: 3, pixels: pixels
            ).cropped(to: region)
        }

        /// The bytes as the file has them, if they are red, green and blue of 8 bits, alone or
        /// before an alpha that is not multiplied in.
        private static func stored(_ image: CGImage) -> [UInt8]? {
            let step = image.bitsPerPixel / 8
            guard image.colorSpace?.model == .rgb, image.bitsPerComponent == 8,
                [3, 4].contains(step), [.orderDefault, .order32Big].contains(image.byteOrderInfo),
                [.none, .last, .noneSkipLast].contains(image.alphaInfo),
                let data = image.dataProvider?.data as Data?,
                data.count >= (image.height - 1) * image.bytesPerRow + image.width * step
            else { return nil }
            var pixels: [UInt8] = []
            pixels.reserveCapacity(image.height * image.width * 3)
            data.withUnsafeBytes { bytes in
                for row in 0..<image.height {
                    for column in 0..<image.width {
                        let place = row * image.bytesPerRow + column * step
                        pixels += bytes[place..<place + 3]
                    }
                }
            }
            return pixels
        }

        /// The image drawn in its own colours, so that none are matched; grey is repeated.
        private static func drawn(_ image: CGImage) -> [UInt8]? {
            let isGrey = image.colorSpace?.model == .monochrome
            let own = image.colorSpace?.baseColorSpace ?? image.colorSpace
            let space =
                own.flatMap { isGrey || $0.model == .rgb ? $0 : nil }
                ?? CGColorSpaceCreateDeviceRGB()
            let step = isGrey ? 1 : 4
            var bytes = [UInt8](repeating: 0, count: image.height * image.width * step)
            let isDrawn = bytes.withUnsafeMutableBytes { memory in
                guard
                    let context = CGContext(
                        data: memory.baseAddress, width: image.width, height: image.height,
                        bitsPerComponent: 8, bytesPerRow: image.width * step, space: space,
                        bitmapInfo: isGrey
                            ? CGImageAlphaInfo.none.rawValue
                            : CGImageAlphaInfo.noneSkipLast.rawValue)
                else { return false }
                context.setBlendMode(.copy)
                context.draw(
                    image, in: CGRect(x: 0, y: 0, width: image.width, height: image.height))
                return true
            }
            guard isDrawn else { return nil }
            return (0..<3 * image.height * image.width).map { place in
                isGrey ? bytes[place / 3] : bytes[4 * (place / 3) + place % 3]
            }
        }
    }
#endif
