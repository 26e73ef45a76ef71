// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDatasets
package import WRNFetch
package import WRNImages
public import WRNModel
import WRNText
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
            let normalization = try Normalization(
                mean: mean, standardDeviation: standardDeviation)
            guard normalization.channels == inputChannels else {
                throw DataError(
                    .invalidArgument,
                    "expected a normalisation of \(Numbers.counted(inputChannels, "channel")), as "
                        + "many as the network reads, found one of \(normalization.channels); "
                        + "give a mean and a deviation for each channel")
            }
            return normalization
        }
    }

    /// Whether photographs become images of the network: grey ones, or ones of red, green and blue.
    package var readsPhotographs: Bool { inputChannels == 1 || inputChannels == 3 }

    /// Refuses photographs whose channels cannot become those that the network reads.
    ///
    /// - Parameter channels: The channels of the photographs: 3 of all image files.
    /// - Throws: A `DataError` unless both numbers are the same and at most 4, or each is 1 or 3.
    package func checkPhotographs(channels: Int = 3) throws(DataError) {
        guard channels <= 4 else {
            throw DataError(
                .invalidArgument,
                "photographs of \(Numbers.grouped(channels)) channels cannot be scaled, only those "
                    + "of 1 to 4; classify them as a set of images of the network's size")
        }
        guard channels == inputChannels || readsPhotographs && (channels == 1 || channels == 3)
        else {
            throw DataError(
                .invalidArgument,
                "photographs of \(Numbers.counted(channels, "channel")) cannot become the "
                    + "\(Numbers.grouped(inputChannels)) that the network reads: only 1 channel "
                    + "(grey) and 3 (colours) become each other; choose a model of grey or "
                    + "coloured images")
        }
    }

    /// A photograph of any size in the size and the channels that the network reads, cut out of the
    /// scaled photograph at a place.
    ///
    /// - Throws: What ``checkPhotographs(channels:)`` throws.
    package func fitted(
        _ photograph: PixelImage, at place: CropPlace = .centre
    ) throws(DataError) -> PixelImage {
        try checkPhotographs(channels: photograph.channels)
        return usualPreparation(photograph, at: place).converted(toChannels: inputChannels)
    }

    /// The windows of a photograph at some places, each as ``fitted(_:at:)`` cuts it out.
    func windows(
        of photograph: PixelImage, at places: [CropPlace]
    ) throws(DataError) -> [PixelImage] {
        var windows: [PixelImage] = []
        for place in places { windows.append(try fitted(photograph, at: place)) }
        return windows
    }

    /// The name of a class: its number where the model has no names.
    package func className(_ index: Int) -> String {
        classNames.indices.contains(index) ? classNames[index] : "\(index)"
    }

    /// The number of a class, by its name or its number.
    ///
    /// - Throws: ``InferenceError/noSuchClass(name:known:)``, and
    ///   ``InferenceError/ambiguousName(name:numbers:)`` for a name that several classes
    ///   have.
    package func classIndex(of name: String) throws(InferenceError) -> Int {
        let numbers = classNames.indices.filter { classNames[$0] == name }
        guard numbers.count <= 1 else {
            throw .ambiguousName(name: name, numbers: numbers)
        }
        if let index = numbers.first { return index }
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
