// SPDX-License-Identifier: Apache-2.0

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
