// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
public import WRNData
public import WRNDialects
import WRNGraph
import WRNModel
public import WRNTensor
public import WRNZoo

/// Weights in other names, another element type or another format: of a model of this package's, or of somebody's file.
///
///     let conversion = try WeightsConversion(contentsOf: "model.safetensors")
///     try conversion.write(to: "wrn.pth", in: .xternalz)
public struct WeightsConversion: Sendable {
    /// What to ask of somebody's file.
    public struct Options: Hashable, Sendable {
        /// Which of several networks in the file; nil for the one that was trained.
        public var part: String?
        /// The number of classes that the head must have; nil for any.
        public var classes: Int?
        /// What to do about missing running statistics.
        public var statistics: ForeignWeights.StatisticsRule
        /// Whether a map that only the structure proposes is applied.
        public var acceptsProposal: Bool

        /// Collects the wishes.
        public init(
            part: String? = nil, classes: Int? = nil,
            statistics: ForeignWeights.StatisticsRule = .required, acceptsProposal: Bool = false
        ) {
            self.part = part
            self.classes = classes
            self.statistics = statistics
            self.acceptsProposal = acceptsProposal
        }
    }

    /// The network.
    public let network: any Architecture
    /// All its tensors, by their names in the graph.
    public let tensors: [String: Tensor]
    private let description: ModelDescription?

    /// Reads the weights.
    ///
    /// - Parameter normalization: How images are normalised, which makes a model of somebody's weights.
    /// - Throws: What ``Classifier/init(contentsOf:normalization:batch:options:)`` throws of files; a `WeightsError` when the file
    ///   does not meet the options.
    public init(
        contentsOf path: String, normalization: Normalization? = nil, options: Options = Options()
    ) throws {
        let archive = try BundledModel.archive(orContentsOf: Classifier.modelFile(at: path))
        guard ModelFile.describesModel(archive) else {
            let weights = ForeignWeights(archive, part: options.part)
            network = try weights.network()
            tensors = try weights.tensors(
                classes: options.classes, statistics: options.statistics,
                acceptingProposal: options.acceptsProposal)
            description = try normalization.map { try weights.description(normalization: $0) }
            return
        }
        guard normalization == nil else {
            throw InferenceError.knownNormalization(file: archive.file)
        }
        let file = try ModelFile(archive)
        let found = file.description
        guard options.classes == nil || options.classes == found.classes else {
            throw WeightsError(
                .otherClassCount, file: archive.file,
                "expected a model of \(options.classes ?? 0) classes, found one of \(found.classes)",
                advice: "name the model's number of classes")
        }
        do {
            network = try Zoo.network(
                named: found.architecture, classes: found.classes, dropout: found.dropout,
                inputChannels: found.inputChannels)
            tensors = try file.model(
                for: network.graph(height: found.inputHeight, width: found.inputWidth)
            ).tensors
        } catch let error as GraphError {
            throw InferenceError.impossibleNetwork(
                file: archive.file, reason: error.description)
        }
        description = found
    }

    /// Writes a file in the format of its ending, atomically; with canonical names and a known normalisation it is a model.
    ///
    /// - Returns: How many tensors were written, and whether the file is a model.
    /// - Throws: A `WeightsError` when the dialect has no names for the network, a `CheckpointError` when the format cannot hold the
    ///   tensors or the system refuses.
    @discardableResult
    public func write(
        to path: String, in dialect: Dialect, as elementType: ElementType = .float32
    ) throws -> (tensors: Int, isModel: Bool) {
        let named = try DialectWriter(dialect, as: elementType)
            .tensors(tensors, of: network, file: path)
        var metadata = ["format": "pt"]
        let isModel =
            dialect == .canonical && description != nil && path.hasSuffix(".safetensors")
        if isModel { metadata[ModelDescription.metadataKey] = try description?.json(file: path) }
        try TensorFile.write(named, metadata: metadata, to: path)
        return (named.count, isModel)
    }
}
