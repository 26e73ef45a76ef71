// SPDX-License-Identifier: Apache-2.0

extension ImagePreparation {
    /// What torchvision's first weights are evaluated with: the shorter side 256, cut to 224 x 224,
    /// bilinear.
    public static let torchvisionV1 = ImagePreparation(trusted: 256, 256, 224, 224, .bilinear)

    /// What torchvision's second weights are evaluated with: the shorter side 232, cut to 224 x
    /// 224, bilinear.
    public static let torchvisionV2 = ImagePreparation(trusted: 232, 232, 224, 224, .bilinear)

    /// What timm's ``timm(inputSize:cropFraction:interpolation:)`` is for 224 pixels, 0.875 and
    /// bicubic.
    package static let timmBicubic224 = ImagePreparation(trusted: 256, 256, 224, 224, .bicubic)

    /// What timm's ``timm(inputSize:cropFraction:interpolation:)`` is for 288 pixels, 0.95 and
    /// bicubic.
    package static let timmBicubic288 = ImagePreparation(trusted: 303, 303, 288, 288, .bicubic)

    /// What timm evaluates its models with, in the crop mode `center`: the shorter side
    /// floor(`inputSize` / `cropFraction`), cut to a square.
    ///
    /// - Parameters:
    ///   - inputSize: The rows and columns of the result; timm's `input_size`.
    ///   - cropFraction: How much of the scaled image's shorter side stays; timm's `crop_pct`.
    ///   - interpolation: How values between pixels are made.
    /// - Throws: ``ImageError`` for sizes out of 1...``maximumExtent`` or a fraction that is not
    ///   above zero.
    public static func timm(
        inputSize: Int, cropFraction: Double, interpolation: Interpolation
    ) throws(ImageError) -> ImagePreparation {
        let scaled = (Double(inputSize) / cropFraction).rounded(.down)
        guard cropFraction > 0, scaled >= 1, scaled <= Double(maximumExtent) else {
            throw ImageError(
                .invalidArgument,
                "a crop of \(inputSize) pixels cannot be the fraction \(cropFraction) of an image; give pixels from 1 to \(maximumExtent) and a fraction above 0, usually 0.875 to 1"
            )
        }
        return try ImagePreparation(
            scaledHeight: Int(scaled), scaledWidth: Int(scaled), height: inputSize,
            width: inputSize, by: interpolation)
    }

    /// For networks that were trained here on `height` x `width` pixels: scaled to 256/224 of that,
    /// rounded, then cut, bilinear.
    ///
    /// - Precondition: both are 1 or more, and 8/7 of them at most ``maximumExtent``.
    public static func fitted(height: Int, width: Int) -> ImagePreparation {
        let (scaledHeight, scaledWidth) = (scaled(height), scaled(width))
        precondition(
            height >= 1 && width >= 1 && max(scaledHeight, scaledWidth) <= maximumExtent,
            "images are not fitted to \(width)x\(height) pixels")
        return ImagePreparation(trusted: scaledHeight, scaledWidth, height, width, .bilinear)
    }

    /// 256/224 of an extent, to the nearest.
    private static func scaled(_ extent: Int) -> Int {
        Int((Double(extent) * 256 / 224).rounded())
    }
}
