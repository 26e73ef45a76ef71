// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
import WRNDatasets
public import WRNDialects
public import WRNFetch
import WRNFiles
public import WRNInference
public import WRNModel
import WRNTensorFiles

/// The weights that fine-tuning begins from: a model of this package's, or another program's
/// weights.
public struct PretrainedModel: Sendable {
    /// The source of the weights: a file, also of a model in the directory of a run.
    public let source: WeightsSource
    /// The network, and the preparation and normalisation of its images.
    public var description: ModelDescription { network.description }

    /// The options with which the file was read.
    public let options: ForeignWeights.Options

    private let network: TrainedNetwork

    /// Reads a model's file, that in a run's directory, or a file of another program's weights.
    ///
    /// - Parameters:
    ///   - normalization: How images are normalised, which only files of models contain.
    ///   - facts: Known facts about a file that is no model's.
    ///   - reading: The options for such a file, and the function of its network.
    /// - Throws: The errors of
    ///   `Classifier.init(contentsOf:normalization:facts:reading:batch:device:)` about files.
    public init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options()
    ) throws {
        self.source =
            switch source {
            case .bundled: .bundled
            case .file(let path): .file(try Classifier.modelFile(at: path))
            }
        options = reading
        network = try TrainedNetwork(
            contentsOf: source, normalization: normalization, facts: facts, reading: reading,
            for: .features)
    }

    /// Reads a model's file, that in a run's directory, or a file of another program's weights;
    /// parameters and errors are those of the initializer for a `WeightsSource`.
    public init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading)
    }

    /// The record of what was read and assumed of another program's weights; nil for a model, which
    /// has a description.
    public var reading: WeightsReading? { network.reading }

    /// Whether the model's classes are exactly these, in this order, so that its head can be kept.
    public func hasClasses(_ names: [String]) -> Bool { description.classNames == names }

    /// The SHA-256 of the file; of weights in several files that of all their digests.
    ///
    /// - Throws: A `DataError` when it cannot be read.
    public func sha256() throws(DataError) -> String { try Self.sha256(of: source) }

    /// The SHA-256 of a model's file, of weights in several files, or of the model that comes with
    /// the package.
    static func sha256(of source: WeightsSource) throws(DataError) -> String {
        guard case .file(let path) = source else {
            return FileDigest.sha256(of: BundledModel.bytes)
        }
        guard path.hasSuffix(".json"), let archive = try? TensorFile.read(contentsOf: path),
            archive.files.count > 1
        else { return try FileDigest.sha256(of: OpenFile<DataError>(path)) }
        let digests = try archive.files.map { (file) throws(DataError) in
            try FileDigest.sha256(of: OpenFile<DataError>(file))
        }
        return FileDigest.sha256(of: Array(digests.joined(separator: "\n").utf8))
    }

    /// The model.
    public var model: Model {
        Model(description: network.description, tensors: network.tensors)
    }
}
