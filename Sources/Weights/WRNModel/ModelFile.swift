// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensorFiles
import WRNText

/// A model's file, of which the description has been read; tensors are read with a graph.
///
/// Open the file, build the graph from ``description``, then call ``model(for:)``.
package struct ModelFile: Sendable {
    /// The description of the file's network.
    package let description: ModelDescription
    /// The file's tensors.
    package let archive: TensorArchive

    /// Opens the file at `path` and checks its header and description.
    ///
    /// - Throws: A `CheckpointError` when the file is malformed (its code is the kind of fault),
    ///   has no description, or an impossible one.
    package init(readingFrom path: String) throws(CheckpointError) {
        try self.init(Safetensors.read(contentsOf: path))
    }

    /// Takes a file that is open already, and checks its description.
    ///
    /// - Throws: A `CheckpointError` when the file has no description, or an impossible one.
    package init(_ archive: TensorArchive) throws(CheckpointError) {
        self.archive = archive
        let path = archive.file
        guard let text = archive.metadata[ModelDescription.metadataKey] else {
            throw CheckpointError(
                .missingDescription, file: path,
                "expected the metadata \(quoted(ModelDescription.metadataKey)) that names the "
                    + "network, found none",
                advice: "use a file that this package wrote, or name the network yourself")
        }
        description = try ModelDescription(json: text, file: path)
    }

    /// Whether a file has a model's description, which other programs' files lack.
    package static func describesModel(_ archive: TensorArchive) -> Bool {
        archive.format == .safetensors && archive.metadata[ModelDescription.metadataKey] != nil
    }

    /// Compares the tensors' names and shapes with those of `graph`, and reads none.
    ///
    /// - Throws: A ``BindingError`` when the tensors are not the graph's.
    package func check(_ graph: Graph) throws(BindingError) {
        try Model.compare(archive, with: graph.parameters)
    }

    /// The model, with its tensors bound to `graph`.
    ///
    /// - Throws: A ``BindingError`` when the tensors are not the graph's, a `CheckpointError` when
    ///   they cannot be read.
    package func model(for graph: Graph) throws -> Model {
        Model(description: description, tensors: try Model.bind(archive, to: graph))
    }
}
