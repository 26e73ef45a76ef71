// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles
import WRNProtobuf

/// The directory of a Core ML package: a manifest, a model and its weights.
///
///     NAME.mlpackage/Manifest.json
///     NAME.mlpackage/Data/com.apple.CoreML/model.mlmodel
///     NAME.mlpackage/Data/com.apple.CoreML/weights/weight.bin
///
/// Everything in it follows from its contents, so that the same network gives the same bytes.
enum CoreMLPackage {
    /// The file that every package has.
    static let manifestName = "Manifest.json"

    fileprivate static let author = "com.apple.CoreML"
    fileprivate static let modelPath = "com.apple.CoreML/model.mlmodel"
    fileprivate static let weightsPath = "com.apple.CoreML/weights"
    private static let weightsName = "weight.bin"
    /// A program with names and shapes has far fewer bytes, and Core ML reads no larger message.
    private static let largestModel = 1 << 31 - 1

    /// Writes a package, in place of an older one; it appears when it is whole.
    ///
    /// - Parameter check: Is called with the directory while it has another name; when it throws,
    ///   nothing appears.
    /// - Returns: The bytes of all files, and what the check returns.
    static func write<Result>(
        _ model: CoreMLModel, _ weights: WeightBlobs, to path: String,
        check: (_ directory: String) throws -> Result
    ) throws -> (byteCount: Int, result: Result) {
        let bytes = model.message.bytes
        guard bytes.count <= largestModel else {
            throw ExportError(
                .tooLarge, file: path,
                "the program has \(bytes.count) bytes, and Core ML reads up to \(largestModel)")
        }
        return try AtomicDirectory<ExportError>.write(to: path, replacingThoseWith: manifestName) {
            directory in
            do {
                let byteCount = try writeParts(bytes, weights, to: directory)
                return (byteCount, try check(directory))
            } catch let error as ExportError where error.file != nil && error.file != path {
                // The directory has a temporary name, which is gone when the sentence is read.
                throw error.naming(path)
            }
        }
    }

    /// Writes the files, and returns the bytes of all.
    private static func writeParts(
        _ model: [UInt8], _ weights: WeightBlobs, to directory: String
    ) throws(ExportError) -> Int {
        for inner in ["Data", "Data/\(author)", "Data/\(weightsPath)"] {
            try AtomicDirectory<ExportError>.makeDirectory("\(directory)/\(inner)")
        }
        let digest = try weights.write(to: "\(directory)/Data/\(weightsPath)/\(weightsName)")
        try AtomicFile<ExportError>.write(model, to: "\(directory)/Data/\(modelPath)")
        let manifest = Manifest(
            model: identifier(of: FileDigest.sha256(of: model)), weights: identifier(of: digest))
        try AtomicFile<ExportError>.write(manifest.json, to: "\(directory)/\(manifestName)")
        return model.count + weights.byteCount + manifest.json.utf8.count
    }

    /// Reads a package: the model, and the file of its weights, if it has one.
    ///
    /// - Throws: An ``ExportError`` for a directory that is no package, or whose parts break their
    ///   formats' rules.
    static func read(
        _ path: String
    ) throws(ExportError) -> (model: CoreMLModel, weights: WeightBlobFile?) {
        let manifest = try Manifest(contentsOf: "\(path)/\(manifestName)")
        let file = try OpenFile<ExportError>("\(path)/Data/\(manifest.modelPath)")
        guard file.count <= largestModel else {
            throw file.error(
                .tooLarge, "expected at most \(largestModel) bytes, found \(file.count)")
        }
        let bytes = try file.bytes(at: 0, file.count, "the model")
        let model: CoreMLModel
        do throws(ProtobufError) {
            model = try CoreMLModel(bytes[...])
        } catch {
            throw file.error(.malformed, at: error.byteOffset, error.sentence)
        }
        let weights =
            try manifest.weightsPath.map { (folder) throws(ExportError) in
                try WeightBlobFile("\(path)/Data/\(folder)/\(weightsName)")
            }
        return (model, weights)
    }

    /// A UUID made of the first digits of a SHA-256, of version 8: with contents of one's own
    /// (RFC 9562).
    private static func identifier(of digest: String) -> String {
        var digits = Array(digest.uppercased().prefix(32))
        guard digits.count == 32 else { return digest }
        digits[12] = "8"
        digits[16] = "A"
        for place in [20, 16, 12, 8] { digits.insert("-", at: place) }
        return String(digits)
    }

    /// The list of a package's parts.
    fileprivate struct Manifest {
        /// The place of the model under `Data`.
        let modelPath: String
        /// The folder of the weights under `Data`.
        let weightsPath: String?
        private let modelIdentifier: String
        private let weightsIdentifier: String

        init(model: String, weights: String) {
            modelPath = CoreMLPackage.modelPath
            weightsPath = CoreMLPackage.weightsPath
            modelIdentifier = model
            weightsIdentifier = weights
        }

        /// The file as Apple's converter writes it, with the entries in the order of their
        /// identifiers.
        var json: String {
            let entries = [
                entry(
                    modelIdentifier, "CoreML Model Specification", "model.mlmodel", modelPath),
                entry(
                    weightsIdentifier, "CoreML Model Weights", "weights",
                    CoreMLPackage.weightsPath),
            ]
            return """
                {
                    "fileFormatVersion": "1.0.0",
                    "itemInfoEntries": {
                \(entries.sorted().joined(separator: ",\n"))
                    },
                    "rootModelIdentifier": "\(modelIdentifier)"
                }

                """
        }

        private func entry(
            _ identifier: String, _ description: String, _ name: String, _ path: String
        ) -> String {
            """
                    "\(identifier)": {
                        "author": "\(CoreMLPackage.author)",
                        "description": "\(description)",
                        "name": "\(name)",
                        "path": "\(path)"
                    }
            """
        }
    }
}

extension CoreMLPackage.Manifest {
    private static let largestFile = 1 << 20

    /// The parts of the file that are read.
    private struct Document: Decodable {
        struct Item: Decodable {
            let name: String
            let path: String
        }
        let fileFormatVersion: String
        let itemInfoEntries: [String: Item]
        let rootModelIdentifier: String
    }

    /// Reads the file.
    init(contentsOf path: String) throws(ExportError) {
        let file = try OpenFile<ExportError>(path)
        guard file.count <= Self.largestFile else {
            throw file.error(
                .tooLarge,
                "expected a manifest of at most \(Self.largestFile) bytes, found "
                    + "\(file.count)")
        }
        let bytes = try file.bytes(at: 0, file.count, "the manifest")
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else {
            throw file.error(.malformed, "expected the manifest of a package, found other text")
        }
        guard document.fileFormatVersion.hasPrefix("1.") else {
            throw file.error(
                .unsupported,
                "expected a package of version 1, found \"\(document.fileFormatVersion)\"")
        }
        let items = document.itemInfoEntries
        guard let model = items[document.rootModelIdentifier] else {
            throw file.error(.inconsistent, "expected the model among the package's parts")
        }
        let weights = items.values.first { $0.name == "weights" }
        for item in items.values where !Self.isInside(item.path) {
            throw file.error(
                .malformed, "expected parts inside the package, found \"\(item.path)\"")
        }
        modelPath = model.path
        weightsPath = weights?.path
        (modelIdentifier, weightsIdentifier) = (document.rootModelIdentifier, "")
    }

    /// Whether the path leads nowhere out of the directory that it begins in.
    private static func isInside(_ path: String) -> Bool {
        !path.hasPrefix("/") && !path.isEmpty && !path.utf8.contains(0)
            && !path.split(separator: "/").contains("..")
    }
}
