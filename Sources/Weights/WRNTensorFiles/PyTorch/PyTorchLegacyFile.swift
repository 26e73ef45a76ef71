// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles
import WRNTensor

/// Reads files of PyTorch before version 1.6: pickles one behind the other, then the storages.
///
/// The pickles are a magic number, the format's version 1001, properties of the machine, the
/// content, and a list of the storages' keys. Then, for each key in that order, come the number of
/// its elements as eight bytes and the elements. Both are little-endian whatever the machine was:
/// PyTorch converts them when it writes, and never looks at the machine's byte order when it reads.
enum PyTorchLegacyFile {
    /// The first bytes of a file: the pickled magic number 0x1950a86a20f9469cfc6c, in each
    /// protocol.
    static let beginnings: [[UInt8]] =
        [Array("L119547037146038801333356L\n.".utf8), [0x80, 2] + magic, [0x80, 3] + magic]
        + [4, 5].map { [0x80, $0, 0x95, 13, 0, 0, 0, 0, 0, 0, 0] + magic }

    private static let magic: [UInt8] = [
        0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    /// The part of a file in which all pickles are looked for at first; it grows while they do not
    /// end in it.
    private static let firstWindowByteCount = 1 << 20

    /// The pickles at the start of a file.
    private struct Pickles {
        let contents: PyTorchContents
        let keys: [String]
        /// The start of the storages.
        let end: Int
    }

    /// Reads a file that begins with one of ``beginnings``.
    static func read(_ file: ReadableFile) throws(CheckpointError) -> TensorArchive {
        let pickles = try pickles(of: file)
        var used: [String: PyTorchStorage] = [:]
        for storage in pickles.contents.storages where used[storage.key] == nil {
            used[storage.key] = storage
        }
        let starts = try starts(of: pickles, used, in: file)
        var storages = PyTorchStorages(file: file)
        let entries = try storages.entries(of: pickles.contents) {
            (storage) throws(CheckpointError) in
            guard let start = starts[storage.key] else {
                throw file.error(
                    .inconsistent,
                    "the pickle needs the storage '\(storage.key)', which the file does not list")
            }
            return PyTorchStorages.Place(start: start, placement: Placement())
        }
        return TensorArchive(
            format: .pytorchLegacy, source: file, entries: entries,
            metadata: pickles.contents.metadata)
    }

    /// Reads the pickles from as much of the file as they need.
    private static func pickles(of file: ReadableFile) throws(CheckpointError) -> Pickles {
        var window = min(firstWindowByteCount, file.count)
        while true {
            let bytes = try file.bytes(at: 0, window, "the pickles")
            do throws(CheckpointError) {
                return try pickles(in: bytes, of: file)
            } catch {
                let most = min(file.count, PyTorchFile.maximumPickleByteCount)
                guard error.code == .truncated, window < most else { throw error }
                window = min(4 * window, most)
            }
        }
    }

    private static func pickles(
        in bytes: [UInt8], of file: ReadableFile
    ) throws(CheckpointError) -> Pickles {
        guard let beginning = beginnings.first(where: { bytes.starts(with: $0) }) else {
            throw file.error(.malformed, at: 0, "the magic number of PyTorch's files is not there")
        }
        var end = beginning.count
        func next() throws(CheckpointError) -> PickleDocument<PyTorchVocabulary> {
            let rest = NamedBytes<CheckpointError>(
                name: "\(file.name) (the pickle at byte \(end))", bytes[end...])
            let (document, size) = try PickleReader<PyTorchVocabulary>.readPrefix(
                of: rest, fileByteCount: file.count)
            end += size
            return document
        }
        let version = try next()
        guard version.root == .int(1001) else {
            throw file.error(
                .unsupported, at: beginning.count, "the format's version is not 1001, the only one")
        }
        // The machine's properties.
        _ = try next()
        let contents = try PyTorchContents(next(), fileByteCount: file.count)
        let list = try next()
        guard let items = list.items(list.root) else {
            throw file.error(.malformed, at: end, "the keys of the storages are no list")
        }
        let keys = items.compactMap {
            list.string($0).flatMap { String(validating: $0, as: UTF8.self) }
        }
        guard keys.count == items.count, Set(keys).count == keys.count else {
            throw file.error(
                .inconsistent, at: end, "the keys of the storages are not texts, each once")
        }
        return Pickles(contents: contents, keys: keys, end: end)
    }

    /// Iterates over the storages; each must have as many elements as in the pickle, and the last
    /// must end with the file.
    private static func starts(
        of pickles: Pickles, _ used: [String: PyTorchStorage], in file: ReadableFile
    ) throws(CheckpointError) -> [String: Int] {
        var starts: [String: Int] = [:]
        var place = pickles.end
        for key in pickles.keys {
            guard let storage = used[key] else {
                // Without its type its end, and the beginning of the next, are unknown.
                throw file.error(
                    .unsupported, at: place,
                    "the storage '\(key)' belongs to no tensor; save the network's state_dict() "
                        + "alone"
                )
            }
            let prefix = try file.bytes(at: place, 8, "the size of the storage '\(key)'")
            let claimed = prefix.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            guard claimed == UInt64(storage.count) else {
                throw file.error(
                    .inconsistent, at: place,
                    "the storage '\(key)' has \(claimed) elements, but the pickle says "
                        + "\(storage.count)")
            }
            let size = storage.count * storage.elementType.byteCount
            guard size <= file.count - place - 8 else {
                throw file.error(
                    .truncated, at: place,
                    "the storage '\(key)' needs \(size) bytes, but only \(file.count - place - 8) "
                        + "are left; the file was cut off")
            }
            starts[key] = place + 8
            place += 8 + size
        }
        guard place == file.count else {
            throw file.error(
                .malformed, at: place, "\(file.count - place) bytes follow the last storage")
        }
        return starts
    }
}
