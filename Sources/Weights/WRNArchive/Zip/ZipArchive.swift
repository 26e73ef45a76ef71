// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// A zip archive that is read in place: its directory is in memory, its files are unpacked on
/// request.
///
/// Reads stored and deflated entries, also of archives above 4 GiB (zip64). Nothing is ever written
/// to disk. Several threads may read at once.
package struct ZipArchive<Failure: FileFailure>: Sendable {
    /// The most entries an archive may have.
    package static var maximumEntryCount: Int { 10_000_000 }

    /// The archive.
    package let file: OpenFile<Failure>
    /// Its files and links, in the directory's order.
    package let entries: [ZipEntry<Failure>]
    /// The folders that have an entry of their own.
    package let folders: [ArchivePath]

    private static var localHeaderByteCount: Int { 30 }

    /// Reads an archive's directory.
    ///
    /// - Throws: `Failure` for an archive that is cut off, damaged, encrypted, packed by an unknown
    ///   method, in several parts, beyond a limit, or with entries that lead out of it or share
    ///   their bytes.
    package init(_ file: OpenFile<Failure>) throws(Failure) {
        self.file = file
        let directory = try ZipDirectory(of: file)
        guard directory.entryCount <= Self.maximumEntryCount else {
            throw file.error(
                .tooLarge,
                "the archive has \(directory.entryCount) entries; at most "
                    + "\(Self.maximumEntryCount) are read")
        }
        let bytes = try file.bytes(
            at: directory.offset, directory.byteCount, "the zip directory")
        var cursor = ByteCursor(NamedBytes<Failure>(name: file.name + " (its directory)", bytes))
        var entries: [ZipEntry<Failure>] = []
        var folders: [ArchivePath] = []
        for _ in 0..<directory.entryCount {
            let entry = try ZipEntry(&cursor, at: directory.offset, of: file)
            if entry.path.isFolder { folders.append(entry.path) } else { entries.append(entry) }
            guard entry.offset <= directory.offset - Self.localHeaderByteCount,
                entry.packedByteCount
                    <= directory.offset - Self.localHeaderByteCount - entry.offset
            else {
                throw file.error(
                    .inconsistent, at: directory.offset,
                    "'\(entry.path)' is said to lie at byte \(entry.offset) with "
                        + "\(entry.packedByteCount) bytes, beyond the archive's data")
            }
        }
        guard cursor.remaining == 0 else {
            throw file.error(
                .malformed, at: directory.offset + cursor.offset,
                "\(cursor.remaining) bytes follow the last of the directory's "
                    + "\(directory.entryCount) entries")
        }
        try Self.checkOverlap(entries, of: file)
        self.entries = entries
        self.folders = folders
    }

    /// The bytes of an entry, unpacked and checked.
    ///
    /// - Throws: `Failure` for an entry above `limit`, or whose bytes contradict the directory.
    package func bytes(of index: Int, limit: Int) throws(Failure) -> [UInt8] {
        let entry = entries[index]
        guard entry.byteCount <= limit else {
            throw file.error(
                .tooLarge, at: entry.offset,
                "'\(entry.path)' unpacks to \(entry.byteCount) bytes; at most \(limit) are read")
        }
        let start = try dataOffset(of: entry)
        let bytes: [UInt8]
        switch entry.method {
        case .stored:
            bytes = try file.bytes(at: start, entry.byteCount, "'\(entry.path)'")
        case .deflated:
            let inflater = try Inflater<Failure>(file, at: start, entry.packedByteCount, as: .raw)
            bytes = try inflater.bytes(entry.byteCount, "'\(entry.path)'")
            try checkEnd(of: inflater, entry)
        }
        guard CRC32.checksum(of: bytes) == entry.checksum else { throw mismatch(of: entry) }
        return bytes
    }

    /// The error for an entry whose bytes do not have the directory's checksum.
    func mismatch(of entry: ZipEntry<Failure>) -> Failure {
        guard entry.checksum == 0 else {
            return file.error(
                .checksumMismatch, at: entry.offset,
                "'\(entry.path)' is damaged: its CRC-32 is not the one in the directory; "
                    + "get the archive again")
        }
        // PyTorch writes 0 for all entries if it is told to save the time for checksums.
        return file.error(
            .checksumMismatch, at: entry.offset,
            "'\(entry.path)' has no checksum: its CRC-32 is 0 in the directory, as PyTorch writes "
                + "it after torch.serialization.set_crc32_options(False), and so damage would not "
                + "show; load the file in PyTorch and save it again with checksums")
    }

    private func checkEnd(of inflater: Inflater<Failure>, _ entry: ZipEntry<Failure>)
        throws(Failure)
    {
        var extra: [UInt8] = [0]
        let more = try extra.withUnsafeMutableBufferPointer {
            (buffer) throws(Failure) in try inflater.fill(buffer)
        }
        guard more == 0, inflater.leftoverByteCount == 0 else {
            throw file.error(
                .inconsistent, at: entry.offset,
                "'\(entry.path)' has more packed data than its \(entry.byteCount) bytes need; "
                    + "the directory lies")
        }
    }

    /// The beginning of the data, after the entry's own header, which must have the same name.
    func dataOffset(of entry: ZipEntry<Failure>) throws(Failure) -> Int {
        let header = try file.bytes(
            at: entry.offset, Self.localHeaderByteCount, "the header of '\(entry.path)'")
        guard header.starts(with: [0x50, 0x4B, 3, 4]) else {
            throw file.error(
                .malformed, at: entry.offset,
                "the header of '\(entry.path)' is not there; the archive is damaged")
        }
        let nameLength = Int(header[26]) | Int(header[27]) << 8
        let extraLength = Int(header[28]) | Int(header[29]) << 8
        let name = try file.bytes(
            at: entry.offset + Self.localHeaderByteCount, nameLength, "the name of an entry")
        guard
            ArchivePath(name[...])?.description.utf8.elementsEqual(entry.path.description.utf8)
                == true
        else {
            throw file.error(
                .inconsistent, at: entry.offset,
                "'\(entry.path)' has another name in its own header than in the directory")
        }
        return entry.offset + Self.localHeaderByteCount + nameLength + extraLength
    }

    /// Overlapping entries let a small archive contain the same bytes a million times.
    private static func checkOverlap(
        _ entries: [ZipEntry<Failure>], of file: OpenFile<Failure>
    ) throws(Failure) {
        let sorted = entries.sorted { $0.offset < $1.offset }
        for (entry, next) in zip(sorted, sorted.dropFirst()) {
            let end =
                entry.offset + localHeaderByteCount + entry.path.byteCount + entry.packedByteCount
            guard end <= next.offset else {
                throw file.error(
                    .inconsistent, at: next.offset,
                    "'\(entry.path)' and '\(next.path)' share bytes of the archive, as in a zip "
                        + "bomb; it is not read")
            }
        }
    }
}
