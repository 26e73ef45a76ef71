// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// An uncompressed tar archive that is read in place: only its headers are read beforehand.
///
/// Links and devices are listed and never read, so that nothing outside the archive is ever read.
/// Several threads may read at once.
package struct TarIndex<Failure: FileFailure>: Sendable {
    /// A regular file.
    package struct Entry: Sendable {
        /// The name, taken apart.
        package let path: ArchivePath
        /// The start of the data.
        package let offset: Int
        /// The number of bytes of the data.
        package let byteCount: Int
    }

    /// The most entries an archive may have.
    package static var maximumEntryCount: Int { 10_000_000 }

    /// The archive.
    package let file: OpenFile<Failure>
    /// The regular files.
    package let entries: [Entry]
    /// The folders that have an entry of their own.
    package let folders: [ArchivePath]
    /// Links, devices, and what is for other readers, by the names on the way.
    package let others: [[String]]

    /// Whether a file begins with a tar header.
    package static func isTar(_ file: OpenFile<Failure>) -> Bool {
        let block = try? file.bytes(at: 0, TarHeader.blockByteCount, "the first block")
        return block.map { TarHeader.checksumHolds($0[...]) } ?? false
    }

    /// Reads all headers.
    ///
    /// - Throws: `Failure` for an archive that is cut off, damaged, without its end mark or beyond
    ///   a limit, or a name that leads out of it.
    package init(_ file: OpenFile<Failure>) throws(Failure) {
        let source = NamedBytes<Failure>(name: file.name, [])
        var (entries, folders, others): ([Entry], [ArchivePath], [[String]]) = ([], [], [])
        var pending = TarHeader.Overrides()
        var (offset, entryCount) = (0, 0)
        while true {
            guard offset < file.count else {
                throw file.error(
                    .truncated, at: offset,
                    "the archive ends without its end mark; the file was cut off")
            }
            let start = offset
            let block = try file.bytes(at: start, TarHeader.blockByteCount, "a tar header")
            if block.allSatisfy({ $0 == 0 }) { break }
            entryCount += 1
            guard entryCount <= Self.maximumEntryCount else {
                throw file.error(
                    .tooLarge, at: start, "more than \(Self.maximumEntryCount) entries")
            }
            let header = try TarHeader(block[...], at: start, of: source)
            let size = header.holdsData ? pending.size ?? header.size : 0
            offset += TarHeader.blockByteCount
            let padding =
                (TarHeader.blockByteCount - size % TarHeader.blockByteCount)
                % TarHeader.blockByteCount
            guard size <= file.count - offset, padding <= file.count - offset - size else {
                throw file.error(
                    .truncated, at: start,
                    "the entry '\(header.name)' needs \(size) bytes, but only "
                        + "\(file.count - offset) are left; the file was cut off")
            }
            let data = offset
            offset += size + padding
            let name = pending.name ?? header.name
            switch header.kind {
            case .longName, .extended:
                let limit = min(size, TarHeader.maximumExtendedByteCount + 1)
                let bytes = try file.bytes(at: data, limit, "an extended header")
                try pending.read(bytes[...], kind: header.kind, at: start, of: source)
                continue
            case .file:
                let path = try Self.path(name, at: start, of: file)
                if !path.isFolder {
                    entries.append(Entry(path: path, offset: data, byteCount: size))
                }
            case .folder:
                folders.append(try Self.path(name, at: start, of: file))
            case .defaults: break
            // Nothing is read of it, so that its name may be any.
            case .other: others.append(ArchivePath(Array(name.utf8)[...])?.components ?? [])
            }
            pending = TarHeader.Overrides()
        }
        self.file = file
        self.entries = entries
        self.folders = folders
        self.others = others
    }

    /// The bytes of an entry.
    ///
    /// - Throws: `Failure` for an entry above `limit`, or when the file became shorter.
    package func bytes(of index: Int, limit: Int) throws(Failure) -> [UInt8] {
        let entry = entries[index]
        guard entry.byteCount <= limit else {
            throw file.error(
                .tooLarge, at: entry.offset,
                "'\(entry.path)' has \(entry.byteCount) bytes; at most \(limit) are read")
        }
        return try file.bytes(at: entry.offset, entry.byteCount, "'\(entry.path)'")
    }

    /// Names that were not UTF-8 were repaired when the header was read, which leaves a replacement
    /// character.
    private static func path(
        _ name: String, at offset: Int, of file: OpenFile<Failure>
    ) throws(Failure) -> ArchivePath {
        let bytes = Array(name.utf8)[...]
        guard !name.unicodeScalars.contains("\u{FFFD}") else {
            throw file.error(
                .unsupported, at: offset,
                "the name '\(name)' is not UTF-8; make the archive again with UTF-8 names")
        }
        guard let path = ArchivePath(bytes) else {
            throw file.error(.unsupported, at: offset, ArchivePath.problem(about: bytes))
        }
        return path
    }
}
