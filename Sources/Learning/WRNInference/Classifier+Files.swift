// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDialects
public import WRNEngine
import WRNFiles
public import WRNModel
public import WRNPlan
import WRNTensorFiles

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

    /// Reads a model, or another program's weights, and plans the network.
    ///
    /// - Parameters:
    ///   - source: A model's file, the directory of a run with a `model.safetensors` in it, a file
    ///     of another program's weights, or the model that comes with the package.
    ///   - normalization: The normalisation of images, for a file that is no model's.
    ///   - facts: Known facts about such a file, for example from its publisher.
    ///   - reading: The options for such a file: the part to take, and the function of its network.
    /// - Throws: An ``InferenceError`` for a directory without a model or a network that cannot be
    ///   built, a `CheckpointError` when the file is damaged or no file of tensors, a
    ///   `BindingError` when a model's tensors are not those of the network that it names, a
    ///   `WeightsError` when other weights are no network's or the normalisation is unknown, and
    ///   what ``init(description:tensors:batch:device:)`` throws.
    public convenience init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        batch: Int = 64, device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                contentsOf: source, normalization: normalization, facts: facts, reading: reading),
            batch: batch, device: device)
    }

    /// Reads the model in a file or in the directory of a run, or another program's weights, and
    /// plans the network; parameters and errors are those of the initializer for a
    /// ``WeightsSource``.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        batch: Int = 64, device: Device = .cpu()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading,
            batch: batch, device: device)
    }

    /// Plans the network of another program's weights, with the normalisation that the caller
    /// gives.
    ///
    /// - Throws: A `WeightsError` for the rule that the file breaks, a `CheckpointError` when it
    ///   cannot be read, and what ``init(description:tensors:batch:device:)`` throws.
    public convenience init(
        _ weights: ForeignWeights, normalization: Normalization, batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        let description = try weights.description(normalization: normalization)
        try self.init(
            TrainedNetwork(
                description: description, tensors: weights.tensors(), graph: description.graph(),
                reading: WeightsReading(weights)),
            batch: batch, device: device)
    }

    /// The model's file for a path that may be a run's directory, or one with the index of
    /// several files of weights.
    ///
    /// Where the file's SHA-256 stands beside it, as runs keep it (`model.safetensors.sha256`), the
    /// file is checked against it.
    ///
    /// - Throws: ``InferenceError/noModel(directory:)`` for a directory without a model,
    ///   ``InferenceError/missing(path:nearest:)`` for a path without a file, and
    ///   ``InferenceError/damagedFile(file:problem:)`` for a file that does not have its digest.
    public static func modelFile(at path: String) throws(InferenceError) -> String {
        guard let kind = Self.kind(of: path) else {
            // For other reasons the reader's error is more precise.
            guard errno == ENOENT || errno == ENOTDIR else { return path }
            throw .missing(
                path: path, nearest: BundledModel.suggestion(for: path) ?? NearestPath.advice(path))
        }
        var file = path
        if kind == S_IFDIR {
            let directory = path.hasSuffix("/") ? path : path + "/"
            // The last cannot be read, but its error names the format.
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

    /// The system's type of the file at a path; nil where there is none.
    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}
