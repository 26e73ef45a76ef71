// SPDX-License-Identifier: Apache-2.0

import WRNData
public import WRNImages
import WRNModel

extension Classifier {
    /// How a photograph of any size becomes what the network reads: the model's own preparation, or the usual one for its size.
    public var preparation: ImagePreparation {
        description.preparation
            ?? .fitted(height: description.inputHeight, width: description.inputWidth)
    }

    /// Says what is in some photographs of any size: for each, all classes with their probabilities, the likeliest first.
    ///
    /// They are resized and cropped as ``preparation`` says, and made grey for a model of grey images.
    ///
    ///     let photograph = try PixelImage(decoding: bytes, file: "photo.jpg")
    ///     print(try classifier.classify([photograph])[0][0].className)
    ///
    /// - Throws: ``InferenceError`` when the network's answer is not finite.
    public func classify(_ photographs: [PixelImage]) throws -> [[Prediction]] {
        let preparation = preparation
        var pixels: [UInt8] = []
        for photograph in photographs {
            pixels +=
                preparation(photograph)
                .converted(toChannels: description.inputChannels).pixels
        }
        let images = try LabelledImages(
            name: "photographs", channels: description.inputChannels,
            height: description.inputHeight, width: description.inputWidth, pixels: pixels,
            labels: photographs.map { _ in 0 }, classNames: [className(0)])
        return try classify(images, indices: Array(photographs.indices))
    }
}
