// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDatasets
import WRNFetch
package import WRNImages
public import WRNModel
public import WRNZoo

extension ModelDescription {
    /// Describes a network for images like these: their size, their classes and how they are
    /// normalised.
    public init(
        _ network: any Architecture, for images: any ImageSet, normalization: Normalization
    ) {
        self.init(
            architecture: network.name, classes: network.classes, dropout: network.dropout,
            inputChannels: network.inputChannels, inputHeight: images.height,
            inputWidth: images.width,
            classNames: images.classNames.count == network.classes ? images.classNames : [],
            mean: normalization.mean, standardDeviation: normalization.standardDeviation)
    }

    /// The options to read image files for the model: in its size and channels, prepared as in
    /// training.
    ///
    ///     let options = classifier.description.fileOptions
    ///     let images = try DataSource("photos", options: options).load(.test)
    public var fileOptions: ImageFileOptions {
        ImageFileOptions(
            height: inputHeight, width: inputWidth, channels: inputChannels,
            preparation: preparation)
    }

    /// The preparation that the model names, or the usual one for its images' size.
    package var usualPreparation: ImagePreparation {
        preparation ?? .fitted(height: inputHeight, width: inputWidth)
    }

    /// The normalisation of its images.
    ///
    /// - Throws: A `DataError` when it does not suit the channels.
    package var normalization: Normalization {
        get throws(DataError) {
            try Normalization(mean: mean, standardDeviation: standardDeviation)
        }
    }

    /// A photograph of any size in the size and the channels that the network reads, cut out of the
    /// scaled photograph at a place.
    package func fitted(_ photograph: PixelImage, at place: CropPlace = .centre) -> PixelImage {
        usualPreparation(photograph, at: place).converted(toChannels: inputChannels)
    }

    /// The name of a class: its number where the model has no names.
    package func className(_ index: Int) -> String {
        classNames.indices.contains(index) ? classNames[index] : "\(index)"
    }

    /// The number of a class, by its name or its number.
    ///
    /// - Throws: ``InferenceError/noSuchClass(name:known:)``.
    package func classIndex(of name: String) throws(InferenceError) -> Int {
        if let index = classNames.firstIndex(of: name) { return index }
        if let index = Int(name), (0..<classes).contains(index) { return index }
        throw .noSuchClass(
            name: name, known: classNames.isEmpty ? ["0...\(classes - 1)"] : classNames)
    }

    /// All classes with their probabilities, calibrated where the model is, the likeliest first.
    ///
    /// - Throws: ``InferenceError/notFinite(dataset:index:)`` unless every logit is finite.
    package func predictions(
        _ logits: ArraySlice<Float>, dataset: String, index: Int
    ) throws(InferenceError) -> [Prediction] {
        guard let softmax = Softmax(logits, temperature: temperature) else {
            throw .notFinite(dataset: dataset, index: index)
        }
        return Prediction.ranked(softmax.probabilities, name: className)
    }
}
