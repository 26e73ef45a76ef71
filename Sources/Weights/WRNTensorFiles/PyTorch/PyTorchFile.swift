// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles
import WRNTensor

/// Reads files that PyTorch wrote, without running anything that is in them.
///
/// Since version 1.6 a file is a zip archive: `NAME/data.pkl` is a pickle that describes tensors as
/// views of storages, and `NAME/data/KEY` are the storages' bytes. Older files are pickles followed
/// by the storages, see ``PyTorchLegacyFile``.
enum PyTorchFile {
    /// The longest pickle that is read: those of known networks are below 1 MB.
    static let maximumPickleByteCount = 256 << 20
    /// The size to which a pickle may unpack however small its file is.
    static let plausiblePickleByteCount = 1 << 20
    /// The most bytes that all tensors together may have, in sizes of the file: more than one where
    /// tensors share storages.
    static let maximumExpansion = 4

    /// Reads a zip archive that has a `data.pkl`.
    static func read(
        _ zip: ZipArchive<CheckpointError>, _ places: [String: Int]
    ) throws(CheckpointError) -> TensorArchive {
        let file = zip.file
        let pickles = places.keys.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        guard pickles.count == 1, let pickle = pickles.first, let index = places[pickle] else {
            throw file.error(
                .inconsistent, "expected one data.pkl, found \(pickles.count)")
        }
        let root = String(pickle.dropLast("data.pkl".count))
        guard places[root + "constants.pkl"] == nil else {
            throw file.error(
                .unsupported,
                "this is a TorchScript program, not only tensors; save its state_dict() instead")
        }
        let limit = min(
            maximumPickleByteCount, maximumExpansion * file.count + plausiblePickleByteCount)
        let bytes = try zip.bytes(of: index, limit: limit)
        let contents = try PyTorchContents(
            PickleReader<PyTorchVocabulary>.read(
                NamedBytes(name: "\(file.name) (\(pickle))", bytes), fileByteCount: file.count),
            fileByteCount: file.count)
        let isBigEndian = try isBigEndian(zip, places[root + "byteorder"])
        var storages = PyTorchStorages(file: file)
        let entries = try storages.entries(of: contents) { (storage) throws(CheckpointError) in
            let name = root + "data/" + storage.key
            guard let member = places[name] else {
                throw file.error(
                    .inconsistent, "the pickle needs the storage '\(name)', which is not there")
            }
            return try place(of: storage, member, zip, isBigEndian)
        }
        return TensorArchive(
            format: .pytorch, source: file, entries: entries, metadata: contents.metadata,
            members: ArchiveMembers(zip))
    }

    private static func place(
        of storage: PyTorchStorage, _ member: Int, _ zip: ZipArchive<CheckpointError>,
        _ isBigEndian: Bool
    ) throws(CheckpointError) -> PyTorchStorages.Place {
        let entry = zip.entries[member]
        let needed = storage.count * storage.elementType.byteCount
        guard entry.byteCount == needed else {
            throw zip.file.error(
                .inconsistent, at: entry.offset,
                "the storage '\(storage.key)' has \(entry.byteCount) bytes, but \(storage.count) "
                    + "elements of \(storage.elementType.rawValue) need \(needed)")
        }
        guard let range = try zip.storedRange(of: member) else {
            throw zip.file.error(
                .unsupported, at: entry.offset,
                "'\(entry.path)' is compressed, as PyTorch never writes it; make the archive again "
                    + "with 'zip -0'")
        }
        return PyTorchStorages.Place(
            start: range.lowerBound,
            placement: Placement(isBigEndian: isBigEndian, member: member))
    }

    private static func isBigEndian(
        _ zip: ZipArchive<CheckpointError>, _ place: Int?
    ) throws(CheckpointError) -> Bool {
        guard let place else { return false }
        switch String(decoding: try zip.bytes(of: place, limit: 16), as: UTF8.self) {
        case "little": return false
        case "big": return true
        default:
            throw zip.file.error(.malformed, "the byte order is neither 'little' nor 'big'")
        }
    }
}
