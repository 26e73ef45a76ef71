// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
public import WRNData
import WRNGraph
import WRNInference
public import WRNModel

/// The weights that fine-tuning begins from.
public struct PretrainedModel: Sendable {
    /// The model's file.
    public var path: String { file.archive.file }
    /// Which network it is, and how its images are prepared and normalised.
    public var description: ModelDescription { file.description }

    private let file: ModelFile

    /// Opens a model's file, or that in a run's directory; the tensors are read later.
    ///
    /// - Throws: An `InferenceError` for a directory without a model, a `CheckpointError` when the file is no model or is damaged.
    public init(contentsOf path: String) throws {
        file = try ModelFile(readingFrom: Classifier.modelFile(at: path))
    }

    /// Whether the model tells exactly these classes apart, in this order, so that its head can be kept.
    public func hasClasses(_ names: [String]) -> Bool { description.classNames == names }

    /// The SHA-256 of the file.
    ///
    /// - Throws: A `DataError` when it cannot be read.
    public func sha256() throws(DataError) -> String { try FileIdentity.sha256(ofFile: path) }

    /// The model.
    ///
    /// - Throws: An `InferenceError` when the file describes a network that cannot be built, a `BindingError` when the tensors are not
    ///   that network's.
    public func model() throws -> Model {
        let graph: Graph
        do {
            graph = try Classifier.graph(for: description)
        } catch {
            throw InferenceError.impossibleNetwork(file: path, reason: error.description)
        }
        return try file.model(for: graph)
    }
}
