// SPDX-License-Identifier: Apache-2.0

import WRNArchive

/// An uncompressed tar archive that is read in place: only its headers are read beforehand.
///
/// Links and devices are listed and never read, so that nothing outside the archive is ever read. Several threads may read at once.
struct TarIndex: Sendable {
    /// A regular file.
    struct Entry: Sendable {
        let path: ArchivePath
        let offset: Int
        let byteCount: Int
    }

    /// The most entries an archive may have.
    static let maximumEntryCount = 10_000_000

    /// The archive.
    let file: OpenFile
    let entries: [Entry]
    /// The folders that have an entry of their own.
    let folders: [ArchivePath]
    /// Links, devices, and what is for other readers, by the names on the way.
    let others: [[String]]

    /// Whether a file begins with a tar header.
    static func isTar(_ file: OpenFile) -> Bool {
        let block = try? file.bytes(at: 0, TarArchive.blockByteCount, "the first block")
        return block.map { TarHeader.checksumHolds($0[...]) } ?? false
    }

    /// Reads all headers.
    ///
    /// - Throws: ``DataError`` for an archive that is cut off, damaged, without its end mark or beyond a limit, or a name that leads
    ///   out of it.
    init(_ file: OpenFile) throws(DataError) {
        let source = NamedBytes(name: file.name, [])
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
            let block = try file.bytes(at: start, TarArchive.blockByteCount, "a tar header")
            if block.allSatisfy({ $0 == 0 }) { break }
            entryCount += 1
            guard entryCount <= Self.maximumEntryCount else {
                throw file.error(
                    .tooLarge, at: start, "more than \(Self.maximumEntryCount) entries")
            }
            let header = try TarHeader(block[...], at: start, of: source)
            let size = header.holdsData ? pending.size ?? header.size : 0
            offset += TarArchive.blockByteCount
            let padding =
                (TarArchive.blockByteCount - size % TarArchive.blockByteCount)
                % TarArchive.blockByteCount
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
                let limit = min(size, TarArchive.maximumExtendedHeaderByteCount + 1)
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
    /// - Throws: ``DataError`` for an entry above `limit`, or when the file became shorter.
    func bytes(of index: Int, limit: Int) throws(DataError) -> [UInt8] {
        let entry = entries[index]
        guard entry.byteCount <= limit else {
            throw file.error(
                .tooLarge, at: entry.offset,
                "'\(entry.path)' has \(entry.byteCount) bytes; at most \(limit) are read")
        }
        return try file.bytes(at: entry.offset, entry.byteCount, "'\(entry.path)'")
    }

    /// Names that were not UTF-8 were mended when the header was read, which leaves a mark.
    private static func path(
        _ name: String, at offset: Int, of file: OpenFile
    ) throws(DataError) -> ArchivePath {
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
