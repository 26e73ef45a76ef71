// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNDialects
public import WRNEngine
public import WRNEngine
public import WRNImages
public import WRNModel
public import WRNPlan
import WRNZoo

extension Classifier {
    /// Plans the network of somebody's weights, which say nothing of images: the caller says how they are normalised.
    ///
    /// - Throws: A `WeightsError` that says which rule the file breaks, a `CheckpointError` when it cannot be read, and what
    ///   ``init(description:tensors:batch:device:)`` throws.
    public convenience init(
        _ weights: ForeignWeights, normalization: Normalization, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        let description = try weights.description(normalization: normalization)
        try self.init(
            description: description, tensors: weights.tensors(),
            graph: Self.graph(for: description), reading: WeightsReading(weights), batch: batch,
            device: device)
    }
}

extension ForeignWeights {
    /// Describes the network for images that are prepared and normalised like this.
    ///
    /// - Parameters:
    ///   - preparation: Nil for images of the network's usual size.
    ///   - classNames: Not used where there are more or fewer than the network has outputs.
    /// - Throws: A `WeightsError` when the tensors are no network's.
    public func description(
        normalization: Normalization, preparation: ImagePreparation? = nil,
        classNames: [String] = []
    ) throws(WeightsError) -> ModelDescription {
        let network = try network()
        return ModelDescription(
            architecture: network.name, classes: network.classes,
            inputChannels: network.inputChannels,
            inputHeight: preparation?.height ?? network.usualImageSize,
            inputWidth: preparation?.width ?? network.usualImageSize,
            classNames: classNames.count == network.classes ? classNames : [],
            mean: normalization.mean, standardDeviation: normalization.standardDeviation,
            preparation: preparation)
    }

    /// Describes the network by all that is known: what the caller says, else what is known of the file, else what it says itself.
    ///
    /// - Parameter reading: Told what of it is the file's own, or assumed.
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
