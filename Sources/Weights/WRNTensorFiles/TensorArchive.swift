// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles
public import WRNTensor
import WRNText
import WRNThreads

/// The named tensors of a file whose structure has been checked; what every reader here returns.
///
/// An archive keeps its file open and reads each tensor on request, so that names and shapes are
/// cheap. It may be used from several threads.
public struct TensorArchive: Sendable {
    /// The description of one tensor in the file.
    public struct Entry: Hashable, Sendable {
        /// The name.
        public let name: String
        /// The type of one element.
        public let elementType: ElementType
        /// The extents, outermost first.
        public let shape: TensorShape
        /// The place of its bytes, counted from the start of the file, or of its array where that
        /// is compressed.
        public let byteRange: Range<Int>

        var placement: Placement
    }

    /// The format of a file of tensors.
    public enum Format: String, Codable, Hashable, Sendable, CaseIterable {
        /// safetensors.
        case safetensors
        /// A zip archive that PyTorch wrote, version 1.6 or later.
        case pytorch
        /// A file that PyTorch wrote before version 1.6: pickles, then storages.
        case pytorchLegacy
        /// A zip archive of NumPy's arrays.
        case npz
        /// One array of NumPy's.
        case npy
        /// Several files that an index joins, such as `model.safetensors.index.json`.
        case shards

        /// Whether tensors stand in the order in which they were given to the writer.
        package var keepsOrder: Bool { self != .safetensors && self != .shards }
    }

    /// The format of the file.
    public let format: Format
    /// The tensors in the order of their bytes in the file, or that of the dictionary which holds
    /// them.
    public let entries: [Entry]
    /// The file's metadata.
    public let metadata: [String: String]

    /// A file of tensors.
    struct Shard: Sendable {
        let source: ReadableFile
        /// The archive's entries, for checksums; nil where the file is no archive.
        let members: ArchiveMembers?
    }

    /// The file's path, or the name that the caller gave to the bytes; of several files that of
    /// their index.
    public let file: String
    /// The files with the tensors: one, or those that an index joins.
    let shards: [Shard]
    /// Tensors that are computed from others of the file, by their names.
    let computations: [String: TensorComputation]
    /// The tensors that those are computed from, which are not among ``entries``.
    private let parts: [String: Entry]
    private let places: [String: Int]

    init(
        format: Format, source: ReadableFile, entries: [Entry], metadata: [String: String],
        members: ArchiveMembers? = nil
    ) {
        self.init(
            format: format, file: source.name, shards: [Shard(source: source, members: members)],
            entries: entries, metadata: metadata)
    }

    init(
        format: Format, file: String, shards: [Shard], entries: [Entry],
        metadata: [String: String], computations: [String: TensorComputation] = [:],
        parts: [Entry] = []
    ) {
        self.format = format
        self.file = file
        self.shards = shards
        self.entries = entries
        self.metadata = metadata
        self.computations = computations
        self.parts = Dictionary(
            parts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        places = Dictionary(
            entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The paths of all files that the tensors are from: of several files the index first.
    package var files: [String] {
        format == .shards ? [file] + shards.map(\.source.name) : [file]
    }

    /// The entry of this name, or nil.
    public subscript(name: String) -> Entry? { places[name].map { entries[$0] } }

    func entry(named name: String) throws(CheckpointError) -> Entry {
        if let entry = self[name] ?? parts[name] { return entry }
        throw CheckpointError(
            .tensorNotFound, file: file,
            "expected a tensor \(quoted(name)), found none of that name among \(entries.count)",
            advice: "check that the file belongs to this network", tensorName: name)
    }
}

/// The layout of a tensor's elements in its bytes, and their checksum.
struct Placement: Hashable, Sendable {
    /// The elements between neighbours of each axis, none negative; nil for row-major order without
    /// gaps.
    var strides: [Int]?
    /// Whether the most significant byte of an element comes first.
    var isBigEndian = false
    /// The archive's entry that holds the bytes and has their checksum; nil where there is no
    /// archive.
    var member: Int?
    /// Whether the entry is packed, so that the bytes are counted from its unpacked start.
    var isPacked = false
    /// The number of the archive's file that it is in.
    var shard = 0
    /// Whether the elements are the stored ones with the other sign.
    var isNegated = false

    /// The strides of row-major order.
    static func rowMajorStrides(of shape: TensorShape) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.rank)
        for axis in shape.extents.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * shape.extents[axis + 1]
        }
        return strides
    }
}

/// The entries of a zip archive in which tensors lie; each is checked once, when it is first read.
final class ArchiveMembers: Sendable {
    private let zip: ZipArchive<CheckpointError>
    private let verified = Locked<Set<Int>>([])

    init(_ zip: ZipArchive<CheckpointError>) {
        self.zip = zip
    }

    /// Compares an entry's bytes with its checksum, unless that was done before.
    func verify(_ member: Int) throws(CheckpointError) {
        guard !verified.withLock({ $0.contains(member) }) else { return }
        try zip.verify(member)
        verified.withLock { _ = $0.insert(member) }
    }

    /// The bytes of a packed entry, checked.
    func unpacked(_ member: Int) throws(CheckpointError) -> [UInt8] {
        try zip.bytes(of: member, limit: zip.entries[member].byteCount)
    }
}
