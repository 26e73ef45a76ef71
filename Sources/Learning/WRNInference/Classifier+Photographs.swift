// SPDX-License-Identifier: Apache-2.0

import WRNData
public import WRNImages
import WRNModel

extension Classifier {
    /// How a photograph of any size becomes what the network reads: the model's own preparation, or the usual one for its size.
    public var preparation: ImagePreparation { description.usualPreparation }

    /// Says what is in some photographs of any size: for each, all classes with their probabilities, the likeliest first.
    ///
    /// They are resized and cropped as ``preparation`` says, and made grey for a model of grey images.
    ///
    ///     let photograph = try PixelImage(decoding: bytes, file: "photo.jpg")
    ///     print(try classifier.classify([photograph])[0][0].className)
    ///
    /// - Throws: ``InferenceError`` when the network's answer is not finite.
    public func classify(_ photographs: [PixelImage]) throws -> [[Prediction]] {
        try classify(
            description.images(of: photographs), indices: Array(photographs.indices))
    }
}

extension ModelDescription {
    /// The preparation that the model names, or the usual one for its images' size.
    var usualPreparation: ImagePreparation {
        preparation ?? .fitted(height: inputHeight, width: inputWidth)
    }

    /// Photographs as the images that the network reads, all of one nameless class.
    func images(of photographs: [PixelImage]) throws(DataError) -> LabelledImages {
        let preparation = usualPreparation
        var pixels: [UInt8] = []
        for photograph in photographs {
            pixels += preparation(photograph).converted(toChannels: inputChannels).pixels
        }
        return try LabelledImages(
            name: "photographs", channels: inputChannels, height: inputHeight, width: inputWidth,
            pixels: pixels, labels: photographs.map { _ in 0 }, classNames: ["0"])
    }
}
