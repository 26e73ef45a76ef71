// SPDX-License-Identifier: Apache-2.0

import Synchronization
import WRNArchive
import WRNTensor

/// The layout of a tensor's elements in its bytes, and their checksum.
struct Placement: Hashable, Sendable {
    /// The elements between neighbours of each axis, none negative; nil for row-major order without
    /// gaps.
    var strides: [Int]?
    /// Whether the most significant byte of an element comes first.
    var isBigEndian = false
    /// The archive's entry that the bytes belong to, and whose checksum vouches for them; nil where
    /// there is no archive.
    var member: Int?
    /// Whether the entry is packed, so that the bytes are counted from its unpacked start.
    var isPacked = false
    /// Which of the archive's files it is in.
    var shard = 0

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
    private let verified = Mutex<Set<Int>>([])

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
