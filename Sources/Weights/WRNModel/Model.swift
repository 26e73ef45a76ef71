// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor
public import WRNTensorFiles

/// A network's description together with its weights and running statistics.
public struct Model: Hashable, Sendable {
    /// The network and its input.
    public let description: ModelDescription
    /// Every parameter and running statistic by its name in the graph.
    public let tensors: [String: Tensor]

    /// Joins a description with tensors, which are those of the described network.
    public init(description: ModelDescription, tensors: [String: Tensor]) {
        self.description = description
        self.tensors = tensors
    }

    /// Reads a file that ``write(to:)`` wrote; `graph` makes the network from the description.
    ///
    ///     let model = try Model(readingFrom: path) { try $0.graph() }
    ///
    /// - Throws: A `CheckpointError` when the file is malformed or describes no model, a
    ///   ``BindingError`` when its tensors are not the network's, and what `graph` throws.
    public init(
        readingFrom path: String, graph: (ModelDescription) throws -> Graph
    ) throws {
        let file = try ModelFile(readingFrom: path)
        self = try file.model(for: graph(file.description))
    }

    /// Writes the model to a safetensors file, atomically; equal models give equal bytes.
    ///
    /// - Throws: A `CheckpointError`: `invalidDescription` for a description that the reader would
    ///   refuse, `invalidContent` for names that the format forbids, `cannotWrite` or `diskFull`
    ///   when the system refuses.
    public func write(to path: String) throws(CheckpointError) {
        let (tensors, metadata) = try contents(ofFile: path)
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    /// The metadata and tensors of the model's file.
    package func contents(
        ofFile path: String
    ) throws(CheckpointError) -> (tensors: [NamedTensor], metadata: [String: String]) {
        let metadata = [
            // Readers in Python refuse a file without it.
            "format": "pt",
            ModelDescription.metadataKey: try description.json(file: path),
        ]
        let named = tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }
        return (Safetensors.sorted(named), metadata)
    }
}
