// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNInference
public import WRNModel

/// The weights that fine-tuning begins from: a model of ours, or somebody's weights.
public struct PretrainedModel: Sendable {
    /// The file.
    public let path: String
    /// Which network it is, and how its images are prepared and normalised.
    public var description: ModelDescription { network.description }

    private let network: TrainedNetwork

    /// Reads a model's file, that in a run's directory, or a file of another program's weights.
    ///
    /// - Parameters:
    ///   - normalization: How images are normalised, which only files of models say.
    ///   - facts: What is known of a file that is no model's.
    /// - Throws: What `Classifier.init(contentsOf:normalization:facts:batch:options:)` throws of files.
    public init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts()
    ) throws {
        self.path = try Classifier.modelFile(at: path)
        network = try TrainedNetwork(
            contentsOf: path, normalization: normalization, facts: facts)
    }

    /// Whether the model tells exactly these classes apart, in this order, so that its head can be kept.
    public func hasClasses(_ names: [String]) -> Bool { description.classNames == names }

    /// The SHA-256 of the file.
    ///
    /// - Throws: A `DataError` when it cannot be read.
    public func sha256() throws(DataError) -> String { try Self.sha256(of: path) }

    /// The SHA-256 of a model's file, or of the model that comes with the package.
    static func sha256(of path: String) throws(DataError) -> String {
        path == BundledModel.name
            ? FileIdentity.sha256(of: BundledModel.bytes) : try FileIdentity.sha256(ofFile: path)
    }

    /// The model.
    public var model: Model {
        Model(description: network.description, tensors: network.tensors)
    }
}
