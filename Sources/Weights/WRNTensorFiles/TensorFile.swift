// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles

/// Opens a file of tensors, whatever wrote it.
///
///     let archive = try TensorFile.read(contentsOf: "wide_resnet50_2.pth")
///     archive.format                            // pytorch
///     try archive.tensor(named: "conv1.weight")
///
/// The first bytes determine the format, not the name: a safetensors header, a zip archive of
/// PyTorch's or NumPy's, a pickle of old PyTorch's, or one array of NumPy's. An index such as
/// `model.safetensors.index.json` stands for the files that it joins.
public enum TensorFile {
    /// The names under which a directory holds the index of weights in several files.
    package static var indexFileNames: [String] { ShardIndex.fileNames }

    /// Opens a file and checks its structure; tensors are read on request.
    ///
    /// - Throws: A ``CheckpointError`` with the code of the fault, or `unknownFormat`.
    public static func read(contentsOf path: String) throws(CheckpointError) -> TensorArchive {
        try read(ReadableFile(path))
    }

    /// Checks the structure of a file in memory; `name` is its name in messages.
    ///
    /// - Throws: A ``CheckpointError`` with the code of the fault, or `unknownFormat`.
    public static func read(
        _ bytes: [UInt8], named name: String
    ) throws(CheckpointError) -> TensorArchive {
        try read(ReadableFile(NamedBytes(name: name, bytes)))
    }

    private static func read(_ file: ReadableFile) throws(CheckpointError) -> TensorArchive {
        let head = try file.bytes(at: 0, min(file.count, 40), "the first bytes")
        guard ShardIndex.isJSON(head) else { return try readOne(file) }
        return try ShardIndex.read(file) { (path) throws(CheckpointError) in
            try readOne(ReadableFile(path))
        }
    }

    /// Reads a file with tensors in it.
    private static func readOne(_ file: ReadableFile) throws(CheckpointError) -> TensorArchive {
        let head = try file.bytes(at: 0, min(file.count, 40), "the first bytes")
        if ZipDirectory.isZip(file) { return try readArchive(file) }
        if PyTorchLegacyFile.beginnings.contains(where: { head.starts(with: $0) }) {
            return try PyTorchLegacyFile.read(file)
        }
        if head.starts(with: NumPyHeader.magic) { return try NumPyFile.read(file) }
        // A safetensors header begins behind its length; a file that is cut off earlier may be one,
        // by its name.
        guard
            head.dropFirst(Safetensors.prefixByteCount).first == UInt8(ascii: "{")
                || file.name.hasSuffix(".safetensors")
        else {
            throw try unknown(file)
        }
        return try Safetensors.read(file)
    }

    /// The error for a file of another format, which is named if it is known.
    private static func unknown(_ file: ReadableFile) throws(CheckpointError) -> CheckpointError {
        let head = try file.bytes(
            at: 0, min(file.count, FileSignature.byteCount), "the first bytes")
        let signature = FileSignature(of: head)
        let found =
            signature?.name ?? (head.isEmpty ? "no bytes" : "bytes that begin like none of them")
        return CheckpointError(
            .unknownFormat, file: file.name,
            "expected a safetensors file, one of PyTorch's or NumPy's, found \(found)",
            advice: signature?.weightsAdvice ?? "check what the file is", byteOffset: 0)
    }

    private static func readArchive(_ file: ReadableFile) throws(CheckpointError) -> TensorArchive {
        let zip = try ZipArchive(file)
        let places = try zip.places()
        if places.keys.contains(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) {
            return try PyTorchFile.read(zip, places)
        }
        guard places.keys.contains(where: { $0.hasSuffix(NumPyFile.suffix) }) else {
            throw CheckpointError(
                .unknownFormat, file: file.name,
                "expected a zip archive of PyTorch's or NumPy's, found one without data.pkl and "
                    + "arrays",
                advice: "unpack it and name the file of weights in it")
        }
        return try NumPyFile.read(zip)
    }
}

extension TensorFile {
    /// The endings of the names of files that can be written.
    public static let writableEndings = [".safetensors", ".pth", ".pt", ".bin"]

    /// Writes tensors in the format that the path's ending names, atomically.
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
                "expected a name that ends in \(writableEndings.joined(separator: ", ")), found "
                    + "another",
                advice: "name the file by the format that you want")
        }
        guard ending == ".safetensors" else { return try PyTorchWriter.write(tensors, to: path) }
        try Safetensors.write(Safetensors.sorted(tensors), metadata: metadata, to: path)
    }
}
