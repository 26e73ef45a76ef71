// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDialects
public import WRNEngine
import WRNGraph
public import WRNModel
public import WRNPlan
public import WRNTensor

/// A model whose weights are ready to be used by any number of classifiers, on any threads.
///
///     let model = try PreparedModel(contentsOf: "runs/first")
///     let classifier = try Classifier(model, batch: 1)
///
/// It never changes. A classifier adds the memory of its activations, and nothing of the weights.
public struct PreparedModel: Sendable {
    /// The description of the network and of the images that it expects.
    public let description: ModelDescription
    /// The record of what was read and assumed of another program's weights; nil for a model, whose
    /// file describes everything.
    public let reading: WeightsReading?

    package let normalization: Normalization
    let weights: any SharedWeights
}

extension PreparedModel {
    /// Prepares the weights of a described network.
    ///
    /// - Throws: A `GraphError` when the description is no network's, a `DataError` when its
    ///   normalisation does not suit its channels, a `PlanError` when a tensor is missing or has
    ///   another shape, or the device is not available.
    public init(
        description: ModelDescription, tensors: [String: Tensor],
        device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                description: description, tensors: tensors, graph: description.graph()),
            device: device)
    }

    /// Reads a model, or another program's weights, and prepares them.
    ///
    /// The arguments are those of a ``Classifier`` of a ``WeightsSource``.
    ///
    /// - Throws: What that initializer throws.
    public init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                contentsOf: source, normalization: normalization, facts: facts, reading: reading),
            device: device)
    }

    /// Reads the model in a file or in the directory of a run, or another program's weights, and
    /// prepares them.
    public init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        device: Device = .cpu()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading,
            device: device)
    }

    private init(_ network: TrainedNetwork, device: Device) throws {
        normalization = try network.description.normalization
        weights = try device.prepare(network.graph, network.tensors)
        description = network.description
        reading = network.reading
    }

    /// The bytes of the weights.
    public var byteCount: Int { weights.byteCount }

    /// The multiply-adds of an image.
    package var multiplyAdds: Int { weights.graph.multiplyAdds }
}
