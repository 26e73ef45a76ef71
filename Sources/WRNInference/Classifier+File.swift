// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
import WRNGraph
import WRNModel
public import WRNPlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Classifier {
    /// The name of the model's file in the directory of a run.
    public static let modelFileName = "model.safetensors"

    /// Reads a model and plans its network.
    ///
    /// - Parameter path: A model's file, or the directory of a run with a `model.safetensors` in it.
    /// - Throws: An ``InferenceError`` for a directory without a model or a network that cannot be built, a `CheckpointError` when the file is no model or
    ///   is damaged, a `BindingError` when its tensors are not those of the network that it names, and what
    ///   ``init(description:tensors:batch:options:)`` throws.
    public convenience init(
        contentsOf path: String, batch: Int = 64,
        options: ExecutionOptions = ExecutionOptions()
    ) throws {
        let file = try ModelFile(readingFrom: Self.modelFile(at: path))
        let graph = try Self.graph(of: file)
        let model = try file.model(for: graph)
        try self.init(
            description: model.description, tensors: model.tensors, graph: graph, batch: batch,
            options: options)
    }

    private static func graph(of file: ModelFile) throws(InferenceError) -> Graph {
        do {
            return try graph(for: file.description)
        } catch {
            throw .impossibleNetwork(file: file.archive.file, reason: error.description)
        }
    }

    /// The model's file for a path that may be a run's directory.
    ///
    /// - Throws: ``InferenceError/noModel(directory:)`` for a directory without a model.
    public static func modelFile(at path: String) throws(InferenceError) -> String {
        guard Self.kind(of: path) == S_IFDIR else { return path }
        let file = (path.hasSuffix("/") ? path : path + "/") + modelFileName
        guard Self.kind(of: file) != nil else { throw .noModel(directory: path) }
        return file
    }

    /// What stands at a path, as the system's file types say it; nil for nothing.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
