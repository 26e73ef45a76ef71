// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNModel
import WRNTensor
package import WRNTensorFiles
import WRNText

/// Writes the features of any number of images to a file, which appears whole when the last is
/// written, or not at all.
///
///     let writer = try FeatureWriter(to: "features.safetensors", of: extractor)
///     try writer.append(features, file: "photo.jpg")
///     try writer.finish()
///
/// Until then they are in temporary files, not in memory. A writer is used by one thread at a time.
package final class FeatureWriter {
    /// The format, which the file's ending names.
    package let format: FeatureFormat
    /// The number of images so far.
    package private(set) var count = 0

    private let path: String
    private let layers: [FeatureExtractor.Layer]
    private var metadata: [String: String]
    /// One for each layer of a safetensors file, else one.
    private let spools: [Spool]
    /// The files' names as the members of a JSON list.
    private var files = ""
    private var filesByteCount = 0

    /// Begins a file.
    ///
    /// - Throws: A ``CheckpointError``: `invalidContent` for an ending that names no
    ///   format, and for layers that an array cannot hold side by side; `cannotWrite` or `diskFull`
    ///   when the system refuses.
    package init(to path: String, of extractor: FeatureExtractor) throws(CheckpointError) {
        guard let format = FeatureFormat(fileName: path) else {
            throw CheckpointError(
                .invalidContent, file: path,
                "expected a name that ends in .safetensors, .npy or .csv, found another",
                advice: "name the file by the format that you want")
        }
        layers = extractor.layers
        if format == .npy, layers.count > 1, let wide = layers.first(where: { $0.shape.rank > 1 }) {
            throw CheckpointError(
                .invalidContent, file: path,
                "expected one layer, or vectors that can stand side by side, found "
                    + "\(layers.count) layers, of which \(wide.name) has the shape \(wide.shape)",
                advice: "average over positions, name one layer, or write a .safetensors file")
        }
        self.path = path
        self.format = format
        metadata = [
            "architecture": extractor.description.architecture,
            "pooling": extractor.pooling.rawValue,
        ]
        var spools: [Spool] = []
        for _ in 0..<(format == .safetensors ? layers.count : 1) {
            spools.append(try Spool(for: path))
        }
        self.spools = spools
        if format == .csv {
            try spools[0].append(FeatureTable.header(of: layers).utf8)
        }
    }

    /// Appends an image's features.
    ///
    /// - Throws: A ``CheckpointError`` when the system refuses, or there are more
    ///   names than a header may hold.
    /// - Precondition: There is a tensor of its shape for each layer.
    package func append(
        _ features: FeatureExtractor.Features, file: String
    ) throws(CheckpointError) {
        precondition(
            features.map(\.shape) == layers.map(\.shape),
            "features of the shapes \(features.map(\.shape)) are none of \(layers)")
        switch format {
        case .safetensors:
            try addName(file)
            for (spool, tensor) in zip(spools, features) { try spool.append(tensor.elements) }
        case .npy: for tensor in features { try spools[0].append(tensor.elements) }
        case .csv: try spools[0].append(FeatureTable.line(of: features, file: file).utf8)
        }
        count += 1
    }

    /// Writes the file, in place of what is there, atomically.
    ///
    /// - Throws: A ``CheckpointError`` with the code `cannotWrite` or `diskFull`;
    ///   then there is no new file.
    package func finish() throws(CheckpointError) {
        switch format {
        case .safetensors:
            metadata["files"] = "[\(files)]"
            try Safetensors.write(
                zip(layers, spools).map { layer, spool in
                    SpooledTensor(
                        name: layer.name, shape: TensorShape([count] + layer.shape.extents),
                        elements: spool)
                }, metadata: metadata, to: path)
        case .npy:
            let extents =
                layers.count == 1
                ? layers[0].shape.extents : [layers.map(\.shape.elementCount).reduce(0, +)]
            try NumPyFile.write(
                SpooledTensor(name: "", shape: TensorShape([count] + extents), elements: spools[0]),
                to: path)
        case .csv:
            let spool = spools[0]
            try AtomicFile<CheckpointError>.write(to: path) { (file) throws(CheckpointError) in
                try spool.copy(to: file)
            }
        }
    }

    /// Adds a name to the header, where it is quoted once more, unless the header is full.
    private func addName(_ file: String) throws(CheckpointError) {
        let name = jsonString(file)
        let quoted = jsonString(name).utf8.count
        filesByteCount += quoted
        guard filesByteCount < Safetensors.maximumHeaderByteCount / 2 else {
            throw CheckpointError(
                .invalidContent, file: path,
                "the header of a safetensors file has no room for the names of more than "
                    + "\(count) images",
                advice: "write a .csv or .npy file, or several files")
        }
        files += (files.isEmpty ? "" : ",") + name
    }
}

/// The formats in which features are written.
package enum FeatureFormat: String, Hashable, Sendable, CaseIterable {
    /// A tensor for each layer, with the images as its first extent; the metadata `files` is a JSON
    /// list of the images' files.
    case safetensors
    /// NumPy's: one array of as many rows as images. Several layers stand side by side, which only
    /// vectors can; files have no names.
    case npy
    /// Text: a line for each image, with its file in the first column `file` and a column for each
    /// number.
    case csv

    /// The format that a file's ending names, or nil.
    package init?(fileName: String) {
        guard let format = Self.allCases.first(where: { fileName.hasSuffix("." + $0.rawValue) })
        else { return nil }
        self = format
    }
}

/// Features as lines of CSV (RFC 4180).
enum FeatureTable {
    /// The names of the columns: `file`, then `layer[c]`, or `layer[c][y][x]` where a layer has
    /// positions.
    static func header(of layers: [FeatureExtractor.Layer]) -> String {
        var columns = ["file"]
        for layer in layers {
            for index in 0..<layer.shape.elementCount {
                columns.append(csvField(layer.name + subscripts(of: index, in: layer.shape)))
            }
        }
        return columns.joined(separator: ",") + "\n"
    }

    /// An image's line; each number has as many digits as identify it.
    static func line(of features: [Tensor], file: String) -> String {
        var line = csvField(file)
        for tensor in features {
            for element in tensor.elements { line += ",\(element)" }
        }
        return line + "\n"
    }

    private static func subscripts(of index: Int, in shape: TensorShape) -> String {
        var (rest, text) = (index, "")
        for extent in shape.extents.reversed() {
            text = "[\(rest % extent)]" + text
            rest /= extent
        }
        return text
    }
}
