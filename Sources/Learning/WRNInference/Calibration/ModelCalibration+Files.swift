// SPDX-License-Identifier: Apache-2.0

public import WRNModel
package import WRNTensorFiles

extension ModelCalibration {
    /// Stores the calibration in a model's file, in place of an earlier one.
    ///
    ///     try result.calibration.write(into: "runs/first")
    ///
    /// The file is written again with another description; its tensors keep every byte. It is
    /// replaced in one step, and the digest that a run keeps beside it with it.
    ///
    /// - Parameters:
    ///   - path: A model's file, or the directory of a run with a `model.safetensors` in it.
    ///   - output: The file to write; nil for the model's own.
    /// - Throws: ``InferenceError/noModelFile(file:)`` for weights of another program, and a
    ///   `CheckpointError` when the file is damaged or cannot be written.
    public func write(into path: String, to output: String? = nil) throws {
        try Self.store(self, in: .file(path), to: output)
    }

    /// Removes the calibration from a model's file; its tensors keep every byte.
    ///
    /// - Parameters:
    ///   - path: A model's file, or the directory of a run with a `model.safetensors` in it.
    ///   - output: The file to write; nil for the model's own.
    /// - Throws: What ``write(into:to:)`` throws.
    public static func remove(from path: String, to output: String? = nil) throws {
        try store(nil, in: .file(path), to: output)
    }

    /// Writes a model's file with a calibration, or without one.
    ///
    /// - Parameters:
    ///   - output: The file to write; nil for the model's own, which the model that comes with the
    ///     package has not.
    ///   - check: Called with the file whose tensors are written; when it throws, nothing changes.
    package static func store(
        _ calibration: ModelCalibration?, in source: WeightsSource, to output: String?,
        checking check: (TensorArchive) throws -> Void = { _ in }
    ) throws {
        let archive = try source.archive()
        guard ModelFile.describesModel(archive), let target = output ?? source.ownFile else {
            throw InferenceError.noModelFile(file: archive.file)
        }
        try check(archive)
        var metadata = archive.metadata
        metadata[ModelDescription.metadataKey] = try ModelFile(archive).description
            .with(calibration: calibration).json(file: target)
        let path = output == nil ? archive.file : target
        if ChecksummedFile.hasDigest(path) {
            try ChecksummedFile.write(archive, metadata: metadata, to: path)
        } else {
            try Safetensors.write(archive, metadata: metadata, to: path)
        }
    }
}

extension WeightsSource {
    /// The path of weights that are a file; nil for those that come with the package.
    fileprivate var ownFile: String? {
        if case .file(let path) = self { path } else { nil }
    }
}
