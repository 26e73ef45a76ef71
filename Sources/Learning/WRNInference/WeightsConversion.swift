// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDialects
import WRNGraph
public import WRNModel
public import WRNTensor
import WRNTensorFiles
public import WRNZoo

/// Weights in other names, another element type or another format: of a model of this package's, or
/// of another program's file.
///
///     let conversion = try WeightsConversion(contentsOf: "model.safetensors")
///     try conversion.write(to: "wrn.pth", in: .xternalz)
public struct WeightsConversion: Sendable {
    /// The options for another program's file.
    public typealias Options = ForeignWeights.Options

    /// The network.
    public let network: any Architecture
    /// All its tensors, by their names in the graph.
    public let tensors: [String: Tensor]
    /// The record of what was read and assumed of another program's weights; nil for a model.
    public let reading: WeightsReading?
    /// The tensors whose numbers cannot be a network's; they are written as they are.
    package let unsound: [UnsoundTensor]
    private let description: ModelDescription?

    /// Reads the weights in a file or in the directory of a run.
    public init(
        contentsOf path: String, normalization: Normalization? = nil, options: Options = Options()
    ) throws {
        try self.init(contentsOf: .file(path), normalization: normalization, options: options)
    }

    /// Reads the weights.
    ///
    /// - Parameter normalization: The normalisation of images, with which another program's weights
    ///   become a model.
    /// - Throws: What a ``Classifier`` of this source throws of files; a `WeightsError` when the
    ///   file does not meet the options, ``InferenceError/knownNetwork(file:)`` for options other
    ///   than the number of classes where the file is a model's.
    public init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        options: Options = Options()
    ) throws {
        let archive = try source.archive()
        guard ModelFile.describesModel(archive) else {
            let weights = ForeignWeights(archive, options: options)
            network = try weights.network()
            tensors = try weights.tensors(for: .conversion)
            unsound = try weights.unsoundTensors()
            var reading = WeightsReading(weights)
            description = try weights.description(
                normalization: normalization, facts: ImageFacts(), reading: &reading)
            self.reading = reading
            return
        }
        guard normalization == nil else {
            throw InferenceError.knownNormalization(file: archive.file)
        }
        // The number of classes alone can be asked of a model, too.
        guard options == Options(classes: options.classes) else {
            throw InferenceError.knownNetwork(file: archive.file)
        }
        let file = try ModelFile(archive)
        let found = file.description
        guard options.classes == nil || options.classes == found.classes else {
            throw WeightsError(
                .otherClassCount, file: archive.file,
                "expected a model of \(options.classes ?? 0) classes, "
                    + "found one of \(found.classes)",
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
        reading = nil
        unsound = UnsoundTensor.all(
            in: tensors, of: try network.graph(height: found.inputHeight, width: found.inputWidth))
    }

    /// Writes a file in the format of its ending, atomically; with canonical names and a known
    /// normalisation it is a model.
    ///
    /// - Returns: How many tensors were written, and whether the file is a model.
    /// - Throws: A `WeightsError` when the dialect has no names for the network, a
    ///   `CheckpointError` when the element type is none of floating-point numbers, the format
    ///   cannot hold the tensors, or the system refuses.
    @discardableResult
    public func write(
        to path: String, in dialect: Dialect, as elementType: ElementType = .float32
    ) throws -> (tensors: Int, isModel: Bool) {
        guard elementType.isFloatingPoint else {
            throw CheckpointError(
                .invalidContent, file: path,
                "expected an element type of floating-point numbers, as weights are, found "
                    + "\(elementType.rawValue)",
                advice: "choose F32, BF16, F16 or F64")
        }
        let writer = DialectWriter(dialect, as: elementType)
        let named = try writer.tensors(tensors, of: network, file: path)
        var metadata = ["format": "pt"]
        let isModel =
            dialect == .canonical && description != nil && path.hasSuffix(".safetensors")
        if isModel {
            metadata[ModelDescription.metadataKey] = try description?.json(file: path)
        } else {
            metadata.merge(writer.metadata(for: network)) { first, _ in first }
        }
        try TensorFile.write(named, metadata: metadata, to: path)
        return (named.count, isModel)
    }
}
