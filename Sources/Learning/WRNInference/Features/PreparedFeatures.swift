// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDialects
public import WRNEngine
import WRNGraph
public import WRNModel
public import WRNPlan
public import WRNTensor

/// A model up to some of its layers, whose weights are ready to be used by any number of feature
/// extractors, on any threads.
///
///     let features = try PreparedFeatures(contentsOf: "runs/first", layers: ["pool"])
///     let extractor = try FeatureExtractor(features, batch: 1)
///
/// It never changes. An extractor adds the memory of its activations, and nothing of the weights.
public struct PreparedFeatures: Sendable {
    let selection: FeatureSelection
    let weights: any SharedFeatureWeights

    /// Prepares the weights of a described network up to the last of some layers; the arguments and
    /// errors are those of a ``FeatureExtractor``.
    public init(
        description: ModelDescription, tensors: [String: Tensor], layers: [String]? = nil,
        pooling: FeatureExtractor.Pooling = .average, device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                description: description, tensors: tensors, graph: description.graph()),
            layers: layers, pooling: pooling, device: device)
    }

    /// Reads a model, or another program's weights, and prepares them up to the last of some
    /// layers; the arguments and errors are those of a ``FeatureExtractor``.
    public init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        layers: [String]? = nil, pooling: FeatureExtractor.Pooling = .average,
        device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                contentsOf: source, normalization: normalization, facts: facts, reading: reading,
                for: .features),
            layers: layers, pooling: pooling, device: device)
    }

    /// Reads the model in a file or in the directory of a run, or another program's weights, and
    /// prepares them up to the last of some layers.
    public init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        layers: [String]? = nil, pooling: FeatureExtractor.Pooling = .average,
        device: Device = .cpu()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading,
            layers: layers, pooling: pooling, device: device)
    }

    package init(
        _ network: TrainedNetwork, layers: [String]?,
        pooling: FeatureExtractor.Pooling = .average, device: Device = .cpu()
    ) throws {
        selection = try FeatureSelection(of: network, layers: layers, pooling: pooling)
        weights = try device.prepare(selection.part, network.tensors)
    }

    init(selection: FeatureSelection, weights: any SharedFeatureWeights) {
        self.selection = selection
        self.weights = weights
    }

    /// The description of the network and of the images that it expects.
    public var description: ModelDescription { selection.description }
    /// The layers in the order in which they were given.
    public var layers: [FeatureExtractor.Layer] { selection.layers }
    /// The treatment of positions.
    public var pooling: FeatureExtractor.Pooling { selection.pooling }
    /// The record of what was read and assumed of another program's weights; nil for a model, whose
    /// file describes everything.
    public var reading: WeightsReading? { selection.reading }
    /// The bytes of the weights.
    public var byteCount: Int { weights.byteCount }
}

/// The layers of a model that are features, before their weights are read.
struct FeatureSelection: Sendable {
    let description: ModelDescription
    let reading: WeightsReading?
    let normalization: Normalization
    /// The network up to the last of the layers.
    let part: NetworkPart
    let layers: [FeatureExtractor.Layer]
    let pooling: FeatureExtractor.Pooling

    /// Finds the layers.
    ///
    /// - Parameter layers: Their names, each once; nil for the one that the head reads.
    /// - Throws: A `GraphError` when the network has no such layer, an ``InferenceError`` for the
    ///   head of weights without one, a `DataError` when the normalisation does not suit the
    ///   channels.
    init(
        of network: TrainedNetwork, layers: [String]?, pooling: FeatureExtractor.Pooling
    ) throws {
        let graph = network.graph
        for layer in layers ?? [] { try network.refuseMissingHead(as: layer) }
        part = try NetworkPart(
            of: graph, upTo: layers ?? [graph.headInput].compactMap(\.self),
            averaged: pooling == .average)
        normalization = try network.description.normalization
        self.layers = part.outputs.map { [part] output in
            let (shape, operation) = (output.shape, part.graph[output.node].operation)
            var isVector = pooling == .average
            if case .linear = operation { isVector = true }
            return FeatureExtractor.Layer(
                name: output.name,
                shape: isVector
                    ? [shape.channels] : [shape.channels, shape.height, shape.width])
        }
        description = network.description
        reading = network.reading
        self.pooling = pooling
    }
}
