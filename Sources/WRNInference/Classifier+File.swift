// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
public import WRNData
import WRNDialects
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

    /// Reads a model, or somebody's weights, and plans the network.
    ///
    /// - Parameters:
    ///   - path: A model's file, the directory of a run with a `model.safetensors` in it, or a file of another program's weights.
    ///   - normalization: How images are normalised, which only files of models say.
    /// - Throws: An ``InferenceError`` for a directory without a model or a network that cannot be built, a `CheckpointError` when
    ///   the file is damaged or no file of tensors, a `BindingError` when a model's tensors are not those of the network that it
    ///   names, a `WeightsError` when other weights are no network's or nobody says how images are normalised, and what
    ///   ``init(description:tensors:batch:options:)`` throws.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil, batch: Int = 64,
        options: ExecutionOptions = ExecutionOptions()
    ) throws {
        let archive = try TensorFile.read(contentsOf: Self.modelFile(at: path))
        guard ModelFile.describesModel(archive) else {
            let weights = ForeignWeights(archive)
            // What is no network's is the first thing to say.
            _ = try weights.network()
            guard let normalization else { throw Self.unknownNormalization(archive.file) }
            try self.init(weights, normalization: normalization, batch: batch, options: options)
            return
        }
        guard normalization == nil else {
            throw InferenceError.knownNormalization(file: archive.file)
        }
        let file = try ModelFile(archive)
        let graph = try Self.graph(of: file)
        let model = try file.model(for: graph)
        try self.init(
            description: model.description, tensors: model.tensors, graph: graph, batch: batch,
            options: options)
    }

    private static func unknownNormalization(_ file: String) -> WeightsError {
        WeightsError(
            .unknownNormalization, file: file,
            "expected a model, which says how images are normalised, found weights alone",
            advice: "say it, for example --normalization imagenet for networks trained on ImageNet")
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
