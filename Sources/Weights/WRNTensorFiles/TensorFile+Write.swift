// SPDX-License-Identifier: Apache-2.0

extension TensorFile {
    /// The endings of the names of files that can be written.
    public static let writableEndings = [".safetensors", ".pth", ".pt", ".bin"]

    /// Writes tensors in the format that the path's ending names, atomically (see ``AtomicFile``).
    ///
    /// - Parameter metadata: Texts beside the tensors, of which only safetensors files have any.
    /// - Throws: A ``CheckpointError``: `invalidContent` for another ending or what the format
    ///   cannot hold, `cannotWrite` or `diskFull` when the system refuses.
    public static func write(
        _ tensors: [NamedTensor], metadata: [String: String] = [:], to path: String
    ) throws(CheckpointError) {
        guard let ending = writableEndings.first(where: path.hasSuffix) else {
            throw CheckpointError(
                .invalidContent, file: path,
                "expected a name that ends in \(writableEndings.joined(separator: ", ")), found another",
                advice: "name the file by the format that you want")
        }
        guard ending == ".safetensors" else { return try PyTorchWriter.write(tensors, to: path) }
        try Safetensors.write(Safetensors.sorted(tensors), metadata: metadata, to: path)
    }
}
