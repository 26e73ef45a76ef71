// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNDialects
public import WRNEngine
public import WRNEngine
import WRNGraph
public import WRNModel
public import WRNPlan
public import WRNTensor

/// A model that gives out what some of its layers compute, and computes nothing behind them.
///
///     let extractor = try FeatureExtractor(contentsOf: "runs/first", layers: ["group1", "pool"])
///     let features = try extractor.features(of: [photograph])[0]
///     features[1].elements            // the 64 numbers that the head would read
///
/// A feature is the output of the layer in inference, as a forward hook of PyTorch's on the module of that name sees it; the names
/// are those of `Graph.layer(named:)`. An extractor is used by one thread at a time.
public final class FeatureExtractor {
    /// What becomes of the positions of a feature map.
    public enum Pooling: String, Hashable, Sendable, CaseIterable {
        /// The mean over all positions: C numbers for an image.
        case average = "avg"
        /// They stay: C x H x W numbers.
        case none
    }

    /// A layer whose output is given out.
    public struct Layer: Hashable, Sendable {
        /// The name, as it was asked for.
        public let name: String
        /// The shape of one image's features: `[C]` where they are averaged and for a linear layer, else `[C, H, W]`.
        public let shape: TensorShape
        /// The extents of ``shape``.
        public var extents: [Int] { shape.extents }
    }

    /// Which network it is and what images it expects.
    public let description: ModelDescription
    /// The layers in the order in which they were asked for.
    public let layers: [Layer]
    /// What becomes of positions.
    public let pooling: Pooling
    /// The most images that go through the network at once.
    public var batch: Int { executor.batch }

    /// What was taken and assumed of somebody's weights; nil for a model, which says all itself.
    public let reading: WeightsReading?

    let executor: any FeatureExecutor
    let normalization: Normalization

    /// Plans the described network up to the last of some layers and loads its weights.
    ///
    /// - Parameter layers: Their names, each once; nil for the one that the head reads.
    /// - Throws: A `GraphError` when the description is no network's or has no such layer, a `DataError` when its normalisation does not
    ///   suit its channels, a `PlanError` when a tensor is missing or has another shape, the batch is out of range, or the device is
    ///   not to be had.
    public convenience init(
        description: ModelDescription, tensors: [String: Tensor], layers: [String]? = nil,
        pooling: Pooling = .average, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                description: description, tensors: tensors,
                graph: Classifier.graph(for: description)),
            layers: layers, pooling: pooling, batch: batch, device: device)
    }

    /// Reads a model, or somebody's weights, and plans the network up to the last of some layers.
    ///
    /// - Parameters:
    ///   - path: What ``Classifier/init(contentsOf:normalization:facts:batch:device:)`` takes.
    ///   - normalization: How images are normalised, which only files of models say.
    ///   - facts: What is known of a file that is no model's.
    ///   - reading: What to take of such a file, and what its network computes.
    ///   - layers: Their names, each once; nil for the one that the head reads.
    /// - Throws: What that initializer throws of files, and a `GraphError` when the network has no such layer.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        layers: [String]? = nil, pooling: Pooling = .average, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        let network = try TrainedNetwork(
            contentsOf: path, normalization: normalization, facts: facts, reading: reading,
            for: .features)
        try self.init(
            network,
            layers: layers, pooling: pooling, batch: batch, device: device)
    }

    init(
        _ network: TrainedNetwork, layers: [String]?, pooling: Pooling, batch: Int,
        device: Device
    ) throws {
        let graph = network.graph
        let head = graph[graph.output].name
        if network.reading?.hasHead == false, layers?.contains(head) == true {
            throw InferenceError.noHead(file: network.reading?.file ?? "", layer: head)
        }
        let part = try NetworkPart(
            of: graph, upTo: layers ?? [graph.headInput].compactMap(\.self),
            averaged: pooling == .average)
        normalization = try Normalization(
            mean: network.description.mean,
            standardDeviation: network.description.standardDeviation)
        executor = try device.features(part, batch: batch).executor(network.tensors)
        self.layers = part.outputs.map { output in
            let (shape, operation) = (output.shape, part.graph[output.node].operation)
            var isVector = pooling == .average
            if case .linear = operation { isVector = true }
            return Layer(
                name: output.name,
                shape: isVector
                    ? [shape.channels] : [shape.channels, shape.height, shape.width])
        }
        description = network.description
        reading = network.reading
        self.pooling = pooling
    }

    /// The bytes of all memory that the planned network holds.
    public var plannedByteCount: Int { executor.plannedByteCount }
}
