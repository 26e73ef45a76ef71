// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The index of weights in several files, as Hugging Face's libraries write it:
/// `model.safetensors.index.json`.
///
///     {"metadata": {"total_size": 8},
///      "weight_map": {"conv1.weight": "model-00001-of-00002.safetensors", ...}}
///
/// The files lie beside the index. All of them are opened, and the index and the files must name
/// the same tensors.
enum ShardIndex {
    /// The names under which an index stands in a directory.
    static let fileNames = ["model.safetensors.index.json", "pytorch_model.bin.index.json"]
    /// The largest index that is read.
    static let maximumByteCount = 64 << 20
    /// The most files.
    static let maximumShardCount = 4096

    private struct Content: Decodable {
        enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }

        let weightMap: [String: String]
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Whether a file begins like JSON; the length that begins a safetensors file has bytes that
    /// are zero.
    static func isJSON(_ head: [UInt8]) -> Bool {
        guard !head.prefix(8).contains(0) else { return false }
        let text = head.starts(with: byteOrderMark) ? head[byteOrderMark.count...] : head[...]
        return text.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    }

    /// Joins the files that the index names.
    ///
    /// - Parameter open: Opens one of them, by its path.
    static func read(
        _ file: ReadableFile, open: (String) throws(CheckpointError) -> TensorArchive
    ) throws(CheckpointError) -> TensorArchive {
        let map = try weightMap(of: file)
        let names = Set(map.values).sorted()
        guard names.count <= maximumShardCount else {
            throw file.error(
                .tooLarge,
                "the index names \(names.count) files; at most \(maximumShardCount) are read")
        }
        let directory = file.name.lastIndex(of: "/").map { file.name[...$0] } ?? ""
        var shards: [TensorArchive.Shard] = []
        var entries: [TensorArchive.Entry] = []
        for (number, name) in names.enumerated() {
            let archive = try shard(name, number, of: names.count, file, directory, open)
            for entry in archive.entries {
                guard map[entry.name] == name else {
                    throw file.error(
                        .inconsistent,
                        "\(quoted(name)) holds the tensor \(quoted(entry.name)), which the index "
                            + (map[entry.name].map { "says to be in \(quoted($0))" } ?? "lacks")
                            + "; get the index and the files from one place")
                }
                var entry = entry
                entry.placement.shard = shards.count
                entries.append(entry)
            }
            shards += archive.shards
        }
        guard entries.count == map.count else {
            let found = Set(entries.map(\.name))
            let lost = map.keys.filter { !found.contains($0) }.min() ?? ""
            throw file.error(
                .inconsistent,
                "\(quoted(map[lost] ?? "")) lacks the tensor \(quoted(lost)), which the index "
                    + "says to be in it; get the index and the files from one place")
        }
        return TensorArchive(
            format: .shards, file: file.name, shards: shards, entries: entries, metadata: [:])
    }

    private static func weightMap(
        of file: ReadableFile
    ) throws(CheckpointError) -> [String: String] {
        guard file.count <= maximumByteCount else {
            throw file.error(
                .tooLarge,
                "JSON of \(file.count) bytes; an index of at most \(maximumByteCount) is read")
        }
        var bytes = try file.bytes(at: 0, file.count, "the index")
        if bytes.starts(with: byteOrderMark) { bytes.removeFirst(byteOrderMark.count) }
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else {
            throw CheckpointError(
                .unknownFormat, file: file.name,
                "expected weights, found JSON without a \"weight_map\" that says which tensor is "
                    + "in which file",
                advice: "name the file of weights itself", byteOffset: nil)
        }
        guard !content.weightMap.isEmpty else {
            throw file.error(.malformed, "the index names no tensor; get it again")
        }
        return content.weightMap
    }

    private static func shard(
        _ name: String, _ number: Int, of count: Int, _ file: ReadableFile,
        _ directory: some StringProtocol, _ read: (String) throws(CheckpointError) -> TensorArchive
    ) throws(CheckpointError) -> TensorArchive {
        // A name that leads elsewhere would let an index read any file.
        let isPlain =
            !name.isEmpty && name != "." && name != ".."
            && !name.utf8.contains { [0x2F, 0x5C, 0].contains($0) }
        guard isPlain else {
            throw file.error(
                .unsupported,
                "the index names the file \(quoted(name)), which does not lie beside it; "
                    + "nothing outside of its directory is read")
        }
        do {
            return try read(directory + name)
        } catch {
            // A file that is there, but is a directory, unreadable or one too many, says so itself.
            guard error.code == .cannotOpen,
                !FileManager.default.fileExists(atPath: directory + name)
            else { throw error }
            throw CheckpointError(
                .cannotOpen, file: file.name,
                "file \(number + 1) of the \(count) that the index joins, \(quoted(name)), cannot "
                    + "be opened beside it",
                advice: "download it, too")
        }
    }
}
