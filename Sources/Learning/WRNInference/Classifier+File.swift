// SPDX-License-Identifier: Apache-2.0

public import WRNEngine
import WRNFiles
public import WRNPlan
import WRNTensorFiles
public import WRNData
public import WRNDialects
import WRNModel

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
    ///   - path: A model's file, the directory of a run with a `model.safetensors` in it, a file of another program's weights, or
    ///     `BundledModel.name` for the model that comes with the package.
    ///   - normalization: How images are normalised, which only files of models say.
    ///   - facts: What is known of a file that is no model's, from where it was published for example.
    ///   - reading: What to take of such a file, and what its network computes.
    /// - Throws: An ``InferenceError`` for a directory without a model or a network that cannot be built, a `CheckpointError` when
    ///   the file is damaged or no file of tensors, a `BindingError` when a model's tensors are not those of the network that it
    ///   names, a `WeightsError` when other weights are no network's or nobody says how images are normalised, and what
    ///   ``init(description:tensors:batch:device:)`` throws.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        batch: Int = 64, device: Device = .cpu()
    ) throws {
        let network = try TrainedNetwork(
            contentsOf: path, normalization: normalization, facts: facts, reading: reading)
        try self.init(
            description: network.description, tensors: network.tensors, graph: network.graph,
            reading: network.reading, batch: batch, device: device)
    }

    /// The model's file for a path that may be a run's directory, one with the index of several files of weights, or the bundled model's
    /// name.
    ///
    /// Where the file's SHA-256 stands beside it, as runs keep it (`model.safetensors.sha256`), the file is checked against it.
    ///
    /// - Throws: ``InferenceError/noModel(directory:)`` for a directory without a model, ``InferenceError/missing(path:nearest:)``
    ///   where nothing is, and ``InferenceError/damagedFile(file:problem:)`` for a file that is other than its digest says.
    public static func modelFile(at path: String) throws(InferenceError) -> String {
        guard path != BundledModel.name else { return path }
        guard let kind = Self.kind(of: path) else {
            // What cannot be looked at for another reason, the reader's error says.
            guard errno == ENOENT || errno == ENOTDIR else { return path }
            throw .missing(
                path: path, nearest: BundledModel.suggestion(for: path) ?? NearestPath.advice(path))
        }
        var file = path
        if kind == S_IFDIR {
            let directory = path.hasSuffix("/") ? path : path + "/"
            // The last is not read, but named for what it is.
            let names =
                [modelFileName] + TensorFile.indexFileNames
                + ["pytorch_model.bin", "saved_model.pb"]
            guard
                let found = names.map({ directory + $0 }).first(where: { Self.kind(of: $0) != nil })
            else { throw .noModel(directory: path) }
            file = found
        }
        if let problem = ChecksummedFile.contradiction(of: file) {
            throw .damagedFile(file: file, problem: problem)
        }
        return file
    }

    /// What stands at a path, as the system's file types say it; nil for nothing.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
