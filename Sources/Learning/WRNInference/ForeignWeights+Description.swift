// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
import WRNDatasets
public import WRNDialects
public import WRNImages
public import WRNModel
import WRNTensorFiles
import WRNText
import WRNZoo

/// Facts about weights from outside their file: how images are prepared and normalised, and the
/// names of the classes.
///
/// Files of models contain all of it, and then these facts are not used.
public struct ImageFacts: Hashable, Sendable {
    /// The mean and the deviation of each channel; nil when they are not known.
    public var normalization: Normalization?
    /// How an image becomes the network's input; nil for the usual way for the network's size.
    public var preparation: ImagePreparation?
    /// The names of the classes in the order of the outputs; not used where there are more or fewer
    /// outputs.
    public var classNames: [String]

    /// Collects what is known.
    public init(
        normalization: Normalization? = nil, preparation: ImagePreparation? = nil,
        classNames: [String] = []
    ) {
        self.normalization = normalization
        self.preparation = preparation
        self.classNames = classNames
    }
}

extension ForeignWeights {
    /// Describes the network for images that are prepared and normalised like this.
    ///
    /// - Parameters:
    ///   - preparation: Nil for images of the network's usual size.
    ///   - classNames: Not used where there are more or fewer than the network has outputs.
    /// - Throws: A `WeightsError` when the tensors are no network's, or the normalisation is for
    ///   another number of channels than the network reads.
    public func description(
        normalization: Normalization, preparation: ImagePreparation? = nil,
        classNames: [String] = []
    ) throws(WeightsError) -> ModelDescription {
        let network = try network()
        guard normalization.channels == network.inputChannels else {
            throw WeightsError(
                .otherNormalization, file: archive.file,
                "expected a normalisation of \(Numbers.counted(network.inputChannels, "channel")), "
                    + "as many as the network reads, found one of \(normalization.channels)",
                advice: "give a mean and a deviation for each channel")
        }
        return ModelDescription(
            architecture: network.name, classes: network.classes,
            inputChannels: network.inputChannels,
            inputHeight: preparation?.height ?? network.usualImageSize,
            inputWidth: preparation?.width ?? network.usualImageSize,
            classNames: classNames.count == network.classes ? classNames : [],
            mean: normalization.mean, standardDeviation: normalization.standardDeviation,
            preparation: preparation)
    }

    /// Describes the network by all that is known: the caller's normalisation, else the one known
    /// of the file, else the file's own.
    ///
    /// - Parameter reading: Gets notes on what is the file's own, or assumed.
    func description(
        normalization given: Normalization?, facts: ImageFacts, reading: inout WeightsReading
    ) throws -> ModelDescription? {
        var known = given ?? facts.normalization
        if let stated = try statedNormalization() {
            if known == nil {
                known = try Normalization(
                    mean: stated.mean, standardDeviation: stated.standardDeviation)
                reading.use(stated)
            } else {
                reading.pass(over: stated)
            }
        }
        guard let known else { return nil }
        let network = try network()
        var names = facts.classNames
        // Networks for ImageNet of a thousand outputs are rarely anything else.
        if names.count != network.classes, network is ImageNetWideResNet,
            network.classes == ImageNetClasses.names.count
        {
            names = ImageNetClasses.names
            reading.assumeImageNetClasses()
        }
        return try description(
            normalization: known, preparation: facts.preparation, classNames: names)
    }
}
