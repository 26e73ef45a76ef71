// SPDX-License-Identifier: Apache-2.0

import WRNFetch
public import WRNImages

/// The options for reading a folder of image files as a data set.
public struct ImageFileOptions: Hashable, Sendable {
    /// The rows of an image as the network reads it, 1 to 8192.
    public var height: Int
    /// The columns of an image as the network reads it, 1 to 8192.
    public var width: Int
    /// The channels of an image as the network reads it: 1 for grey, 3 for red, green and blue.
    public var channels: Int
    /// The preparation of a file's image to `height` x `width` pixels; nil for
    /// ``ImagePreparation/fitted(height:width:)``.
    public var preparation: ImagePreparation?
    /// The fraction of each class's files that is kept for validation where the folder has no
    /// splits of its own; above 0, below 1.
    public var validationFraction: Double
    /// The seed by which these files are chosen.
    public var seed: UInt64
    /// Whether a folder without splits of its own is read whole for every split; then nothing is
    /// kept for validation.
    public var takesWhole = false
    /// A file that gives the classes their numbers and names; nil to number the folders in the
    /// order of their names.
    public var classMap: String?
    /// Whether classes without images are permitted.
    public var allowsEmptyClasses: Bool
    /// The limits of a single image.
    public var limits: ImageLimits

    /// Creates options; without arguments, colour images of 224 x 224 pixels, a tenth of them for
    /// validation.
    public init(
        height: Int = 224, width: Int = 224, channels: Int = 3,
        preparation: ImagePreparation? = nil, validationFraction: Double = 0.1, seed: UInt64 = 0,
        classMap: String? = nil, allowsEmptyClasses: Bool = false,
        limits: ImageLimits = ImageLimits()
    ) {
        self.height = height
        self.width = width
        self.channels = channels
        self.preparation = preparation
        self.validationFraction = validationFraction
        self.seed = seed
        self.classMap = classMap
        self.allowsEmptyClasses = allowsEmptyClasses
        self.limits = limits
    }

    private static let sides = 1...8192

    /// The preparation, also where none was chosen.
    var usedPreparation: ImagePreparation {
        preparation ?? .fitted(height: height, width: width)
    }

    func check() throws(DataError) {
        guard Self.sides.contains(height), Self.sides.contains(width) else {
            throw DataError(
                .invalidArgument,
                "images of \(width)x\(height) pixels cannot be made; a side has 1 to 8192 pixels")
        }
        if let preparation, preparation.height != height || preparation.width != width {
            throw DataError(
                .invalidArgument,
                "the preparation makes images of \(preparation.width)x\(preparation.height) "
                    + "pixels, and \(width)x\(height) are asked for")
        }
        guard channels == 1 || channels == 3 else {
            throw DataError(
                .invalidArgument,
                "image files become 1 channel (grey) or 3 (colours), not \(channels)")
        }
        guard validationFraction > 0, validationFraction < 1 else {
            throw DataError(
                .invalidArgument,
                "the fraction of images for validation is above 0 and below 1, "
                    + "not \(validationFraction)")
        }
    }
}

extension DataError {
    /// The error of an image file, with the file's name.
    init(_ error: ImageError, file: String) {
        let code: Code =
            switch error.code {
            case .truncated: .truncated
            case .malformed: .malformed
            case .unsupported: .unsupported
            case .tooLarge: .tooLarge
            case .invalidArgument: .invalidArgument
            }
        self.init(code, file: file, error.sentence)
    }
}
