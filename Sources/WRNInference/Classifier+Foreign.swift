// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNDialects
public import WRNModel
public import WRNPlan
import WRNZoo

extension Classifier {
    /// Plans the network of somebody's weights, which say nothing of images: the caller says how they are normalised.
    ///
    /// - Throws: A `WeightsError` that says which rule the file breaks, a `CheckpointError` when it cannot be read, and what
    ///   ``init(description:tensors:batch:options:)`` throws.
    public convenience init(
        _ weights: ForeignWeights, normalization: Normalization, batch: Int = 64,
        options: ExecutionOptions = ExecutionOptions()
    ) throws {
        try self.init(
            description: weights.description(normalization: normalization),
            tensors: weights.tensors(), batch: batch, options: options)
    }
}

extension ForeignWeights {
    /// Describes the network for images of its usual size that are normalised like this.
    ///
    /// - Throws: A `WeightsError` when the tensors are no network's.
    public func description(
        normalization: Normalization
    ) throws(WeightsError) -> ModelDescription {
        let network = try network()
        return ModelDescription(
            architecture: network.name, classes: network.classes,
            inputChannels: network.inputChannels, inputHeight: network.usualImageSize,
            inputWidth: network.usualImageSize, mean: normalization.mean,
            standardDeviation: normalization.standardDeviation)
    }
}
