// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDatasets
public import WRNDialects
public import WRNEngine
public import WRNFetch
import WRNGraph
public import WRNImages
public import WRNModel
public import WRNPlan
public import WRNTensor

/// A model whose results are those of some of its layers; the layers behind them are not computed.
///
///     let extractor = try FeatureExtractor(contentsOf: "runs/first", layers: ["group1", "pool"])
///     let features = try extractor.features(of: [photograph])[0]
///     features[1].elements            // the 64 numbers that the head would read
///
/// A feature is the output of the layer in inference, as a forward hook of PyTorch on the module of
/// that name gets it; `Graph.layerNames(in:)` lists the names. An extractor is used by one thread
/// at a time; several can share one copy of the weights (``PreparedFeatures``).
public final class FeatureExtractor {
    /// The treatment of the positions of a feature map.
    public enum Pooling: String, Hashable, Sendable, CaseIterable {
        /// The mean over all positions: C numbers for an image.
        case average = "avg"
        /// All positions: C x H x W numbers.
        case none
    }

    /// A layer whose output is a feature.
    public struct Layer: Hashable, Sendable {
        /// The name, as it was given.
        public let name: String
        /// The shape of one image's features: `[C]` where they are averaged and for a linear layer,
        /// else `[C, H, W]`.
        public let shape: TensorShape
        /// The extents of ``shape``.
        public var extents: [Int] { shape.extents }
    }

    /// The description of the network and of the images that it expects.
    public var description: ModelDescription { selection.description }
    /// The layers in the order in which they were given.
    public var layers: [Layer] { selection.layers }
    /// The treatment of positions.
    public var pooling: Pooling { selection.pooling }
    /// The record of what was read and assumed of another program's weights; nil for a model, whose
    /// file describes everything.
    public var reading: WeightsReading? { selection.reading }
    /// The most images that go through the network at once.
    public var batch: Int { executor.batch }

    let executor: any FeatureExecutor
    private let selection: FeatureSelection
    private var normalization: Normalization { selection.normalization }

    /// Plans the described network up to the last of some layers and loads its weights.
    ///
    /// - Parameter layers: Their names, each once; nil for the one that the head reads.
    /// - Throws: A `GraphError` when the description is no network's or has no such layer, a
    ///   `DataError` when its normalisation does not suit its channels, a `PlanError` when a tensor
    ///   is missing or has another shape, the batch is out of range, or the device is not
    ///   available.
    public convenience init(
        description: ModelDescription, tensors: [String: Tensor], layers: [String]? = nil,
        pooling: Pooling = .average, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                description: description, tensors: tensors,
                graph: description.graph()),
            layers: layers, pooling: pooling, batch: batch, device: device)
    }

    /// Reads a model, or another program's weights, and plans the network up to the last of some
    /// layers.
    ///
    /// - Parameters:
    ///   - source: A model's file, the directory of a run, a file of another program's weights, or
    ///     the model that comes with the package.
    ///   - normalization: How images are normalised, which only files of models contain.
    ///   - facts: Known facts about a file that is no model's.
    ///   - reading: The options for such a file, and the function of its network.
    ///   - layers: Their names, each once; nil for the one that the head reads.
    /// - Throws: What that initializer throws of files, and a `GraphError` when the network has no
    ///   such layer.
    public convenience init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        layers: [String]? = nil, pooling: Pooling = .average, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        let network = try TrainedNetwork(
            contentsOf: source, normalization: normalization, facts: facts, reading: reading,
            for: .features)
        try self.init(
            network,
            layers: layers, pooling: pooling, batch: batch, device: device)
    }

    /// Reads the model in a file or in the directory of a run, or published weights; parameters and
    /// errors are those of the initializer for a ``WeightsSource``.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        layers: [String]? = nil, pooling: Pooling = .average, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading,
            layers: layers, pooling: pooling, batch: batch, device: device)
    }

    private init(
        _ network: TrainedNetwork, layers: [String]?, pooling: Pooling, batch: Int,
        device: Device
    ) throws {
        selection = try FeatureSelection(of: network, layers: layers, pooling: pooling)
        executor = try device.features(selection.part, batch: batch).executor(network.tensors)
    }

    /// Plans the network of prepared features for `batch` images at a time, without a copy of the
    /// weights.
    ///
    /// - Parameter threads: The number of threads, the caller's included; nil for all processors.
    /// - Throws: A `PlanError` when the batch or the number of threads is out of range, or this
    ///   process cannot hold the memory.
    public init(
        _ features: PreparedFeatures, batch: Int = 64, threads: Int? = nil
    ) throws(PlanError) {
        selection = features.selection
        executor = try features.weights.executor(batch: batch, threads: threads)
    }

    /// The prepared features, for further extractors on the same weights.
    public var prepared: PreparedFeatures {
        PreparedFeatures(selection: selection, weights: executor.sharedWeights)
    }

    /// The bytes of all memory that the planned network holds.
    public var plannedByteCount: Int { executor.plannedByteCount }
}

extension FeatureExtractor {
    /// The features of one image: a tensor for each of ``layers``, in their order and of their
    /// shapes.
    public typealias Features = [Tensor]

    /// The features of some images of a set, in the order of `indices`.
    ///
    /// - Throws: ``InferenceError`` when the images do not fit the model, an index is none of
    ///   theirs, or a feature is not finite; a `DataError` for a file that is no image, and for an
    ///   image that has not the set's size.
    public func features(of images: any ImageSet, indices: [Int]) throws -> [Features] {
        try images.checkFits(executor.part.graph.inputShape)
        try images.check(indices)
        let batches = try BatchSequence(
            images: ImageSelection(of: images, indices: indices), normalization: normalization,
            batchSize: batch)
        var features: [Features] = []
        features.reserveCapacity(indices.count)
        for number in 0..<batches.count {
            let next = try batches.batch(at: number)
            features += try self.features(of: next.images, count: next.count) { row in
                .notFinite(dataset: images.name, index: indices[next.imageIndices[row]])
            }
        }
        return features
    }

    /// The features of a batch as the network reads it.
    ///
    /// - Parameter failure: The error for an image, by its row, whose features are not finite.
    private func features(
        of batch: [Float], count: Int, otherwise failure: (_ row: Int) -> InferenceError
    ) throws -> [Features] {
        // A batch whose files are all broken.
        guard count > 0 else { return [] }
        let outputs = try executor.features(for: batch, count: count)
        return try (0..<count).map { row in
            let values = zip(layers, outputs).map { layer, output in
                Self.tensor(of: layer, row: row, in: output)
            }
            guard values.allSatisfy({ $0.elements.allSatisfy(\.isFinite) }) else {
                throw failure(row)
            }
            return values
        }
    }

    /// The features of some photographs of any size, prepared as by
    /// ``Classifier/classify(_:views:)``.
    ///
    /// - Throws: ``InferenceError`` when a feature is not finite; a `DataError` for a photograph
    ///   whose channels cannot become the network's.
    public func features(of photographs: [PixelImage]) throws -> [Features] {
        var features: [Features] = []
        features.reserveCapacity(photographs.count)
        for start in stride(from: 0, to: photographs.count, by: batch) {
            let range = start..<min(start + batch, photographs.count)
            let inputs = try photographs[range].map {
                normalization.values(of: try description.fitted($0))
            }
            features += try self.features(of: Array(inputs.joined()), count: range.count) { row in
                .notFinite(dataset: "photographs", index: start + row)
            }
        }
        return features
    }

    /// The features of image files, or a file's error.
    ///
    /// The files are decoded on several threads, each of which has one whole image in memory; of
    /// ``batch`` of them there is what the network reads.
    ///
    /// - Parameters:
    ///   - isCancelled: Called before each batch; true stops. The default follows the current task.
    ///   - answer: Called with the answers in the order of the files.
    /// - Throws: ``InferenceError`` when a feature is not finite; a `DataError` when the network
    ///   reads neither 1 channel nor 3; `CancellationError` when `isCancelled` returns true; what
    ///   `answer` throws.
    public func features(
        of files: ImageList, isCancelled: () -> Bool = { Task.isCancelled },
        answer: (_ index: Int, Result<Features, DataError>) throws -> Void
    ) throws {
        try fileFeatures(of: files, keepsImages: false, isCancelled: isCancelled) { index, result in
            try answer(index, result.map { $0.features })
        }
    }

    /// The features of image files as ``features(of:isCancelled:answer:)`` gives them, and the
    /// images as they are stored where they are kept.
    func fileFeatures(
        of files: ImageList, keepsImages: Bool, isCancelled: () -> Bool,
        answer: (
            _ index: Int, Result<(features: Features, image: PixelImage?), DataError>
        ) throws -> Void
    ) throws {
        try files.forEachBatch(
            of: batch, for: description, keepsImages: keepsImages, isCancelled: isCancelled
        ) { indices, fitted in
            var titles: [String] = []
            var inputs: [Float] = []
            for (index, file) in zip(indices, fitted) {
                guard let window = try? file.get().windows.first else { continue }
                titles.append(files.title(of: index))
                inputs += normalization.values(of: window)
            }
            let computed = try self.features(of: inputs, count: titles.count) { row in
                .notFiniteFile(file: titles[row])
            }
            var rest = computed[...]
            for (index, file) in zip(indices, fitted) {
                try answer(index, file.map { (features: rest.popFirst() ?? [], image: $0.image) })
            }
        }
    }

    /// One image's features of a layer, channels first, from those of a batch, channels last.
    private static func tensor(of layer: Layer, row: Int, in output: [Float]) -> Tensor {
        let (count, channels) = (layer.shape.elementCount, layer.shape.extents[0])
        let values = output[row * count..<(row + 1) * count]
        let positions = count / channels
        guard positions > 1 else { return Tensor(shape: layer.shape, elements: Array(values)) }
        var elements: [Float] = []
        elements.reserveCapacity(count)
        for channel in 0..<channels {
            for position in 0..<positions {
                elements.append(values[values.startIndex + position * channels + channel])
            }
        }
        return Tensor(shape: layer.shape, elements: elements)
    }
}
