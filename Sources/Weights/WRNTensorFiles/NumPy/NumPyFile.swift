// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles
import WRNTensor

/// Reads arrays of NumPy's: one in an `.npy` file, or several in an `.npz`, which is a zip archive
/// of such files.
package enum NumPyFile {
    /// The ending of an array's name in an archive; the tensor's name is without it.
    static let suffix = ".npy"
    /// The most bytes of all arrays, in sizes of the archive, and for small archives.
    static let maximumExpansion = 4
    static let plausibleByteCount = 1 << 20

    /// Reads an archive all of whose entries are arrays.
    static func read(
        _ zip: ZipArchive<CheckpointError>
    ) throws(CheckpointError) -> TensorArchive {
        let file = zip.file
        guard zip.entries.count <= Safetensors.maximumTensorCount else {
            throw file.error(
                .tooLarge,
                "the archive has \(zip.entries.count) entries; at most "
                    + "\(Safetensors.maximumTensorCount) are read")
        }
        let limit = maximumExpansion * file.count + plausibleByteCount
        var total = 0
        var entries: [TensorArchive.Entry] = []
        for (index, entry) in zip.entries.enumerated() {
            let name = entry.path.description
            guard name.hasSuffix(suffix) else {
                throw file.error(
                    .unsupported, at: entry.offset,
                    "'\(name)' is no array; an archive of arrays has only entries that end in "
                        + "\(suffix)"
                )
            }
            let head = try zip.prefix(of: index, NumPyHeader.maximumByteCount)
            let header = try NumPyHeader(NamedBytes(name: "\(file.name) (\(name))", head))
            try check(
                header, has: entry.byteCount, NamedBytes(name: "\(file.name) (\(name))", head))
            let (sum, overflow) = total.addingReportingOverflow(entry.byteCount)
            total = sum
            guard !overflow, total <= limit else {
                throw file.error(
                    .tooLarge,
                    "the arrays unpack to more than \(limit) bytes, \(maximumExpansion) times the "
                        + "file; save them without compression")
            }
            let range = try zip.storedRange(of: index)
            entries.append(
                self.entry(
                    header, String(name.dropLast(suffix.count)), from: range?.lowerBound ?? 0,
                    member: index, isPacked: range == nil))
        }
        return TensorArchive(
            format: .npz, source: file, entries: entries, metadata: [:],
            members: ArchiveMembers(zip))
    }

    /// Reads a file that is one array; its name is `tensor`.
    static func read(_ file: ReadableFile) throws(CheckpointError) -> TensorArchive {
        let head = NamedBytes<CheckpointError>(
            name: file.name,
            try file.bytes(at: 0, min(file.count, NumPyHeader.maximumByteCount), "the header"))
        let header = try NumPyHeader(head)
        try check(header, has: file.count, head)
        return TensorArchive(
            format: .npy, source: file,
            entries: [entry(header, "tensor", from: 0, member: nil, isPacked: false)],
            metadata: [:])
    }

    private static func check(
        _ header: NumPyHeader, has byteCount: Int, _ source: NamedBytes<CheckpointError>
    ) throws(CheckpointError) {
        let needed = header.shape.elementCount * header.elementType.byteCount
        guard byteCount - header.byteCount == needed else {
            throw source.error(
                .inconsistent, at: header.byteCount,
                "the shape \(header.shape) of \(header.elementType.rawValue) needs \(needed) "
                    + "bytes, but there are \(byteCount - header.byteCount)")
        }
    }

    private static func entry(
        _ header: NumPyHeader, _ name: String, from start: Int, member: Int?, isPacked: Bool
    ) -> TensorArchive.Entry {
        let first = start + header.byteCount
        var placement = Placement(
            isBigEndian: header.isBigEndian, member: member, isPacked: isPacked)
        if header.isColumnMajor, header.shape.rank > 1 {
            placement.strides = Placement.rowMajorStrides(
                of: TensorShape(header.shape.extents.reversed())
            ).reversed()
        }
        return TensorArchive.Entry(
            name: name, elementType: header.elementType, shape: header.shape,
            byteRange: first..<first + header.shape.elementCount * header.elementType.byteCount,
            placement: placement)
    }
}
