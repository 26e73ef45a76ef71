// SPDX-License-Identifier: Apache-2.0

import WRNArchive

/// The regular files of a tar archive, read in memory; nothing is ever written to disk, so a name like
/// `../../etc/passwd` is only a name.
///
/// Reads the classic, POSIX ustar, GNU (long names) and pax formats. Directories, links and devices are passed over.
struct TarArchive: Sendable {
    /// The most entries an archive may have.
    static let maximumEntryCount = 100_000
    /// The longest name, in bytes.
    static let maximumNameByteCount = 4096
    /// The longest extended header, in bytes.
    static let maximumExtendedHeaderByteCount = 1 << 20
    /// Everything in a tar archive is padded to this many bytes.
    static let blockByteCount = 512

    /// The archive's own name.
    let name: String
    /// The regular files by name, without a leading `./`.
    let files: [String: ArraySlice<UInt8>]

    /// Whether the bytes begin with a tar header.
    static func isTar(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count >= blockByteCount && TarHeader.checksumHolds(bytes.prefix(blockByteCount))
    }

    /// Reads an archive.
    ///
    /// - Throws: ``DataError`` for an archive that is cut off, damaged, without its end mark, beyond a limit, or that
    ///   holds two files of one name.
    init(_ source: NamedBytes) throws(DataError) {
        var cursor = ByteCursor(source)
        var files: [String: ArraySlice<UInt8>] = [:]
        var pending = TarHeader.Overrides()
        var entryCount = 0
        while true {
            let start = cursor.offset
            guard cursor.remaining > 0 else {
                throw cursor.error(
                    .truncated, "the archive ends without its end mark; the file was cut off")
            }
            let block = try cursor.take(Self.blockByteCount, "a tar header")
            if block.allSatisfy({ $0 == 0 }) { break }
            entryCount += 1
            guard entryCount <= Self.maximumEntryCount else {
                throw cursor.error(
                    .tooLarge, at: start, "more than \(Self.maximumEntryCount) entries")
            }
            let header = try TarHeader(block, at: start, of: source)
            let size = header.holdsData ? pending.size ?? header.size : 0
            let data = try cursor.take(size, "the entry '\(header.name)'")
            let padding = (Self.blockByteCount - size % Self.blockByteCount) % Self.blockByteCount
            _ = try cursor.take(padding, "the padding of '\(header.name)'")
            switch header.kind {
            case .longName, .extended:
                try pending.read(data, kind: header.kind, at: start, of: source)
                continue
            case .file:
                let name = Self.normalized(pending.name ?? header.name)
                guard files.updateValue(data, forKey: name) == nil else {
                    throw cursor.error(.malformed, at: start, "a second entry named '\(name)'")
                }
            case .defaults, .folder, .other:
                break
            }
            pending = TarHeader.Overrides()
        }
        self.name = source.name
        self.files = files
    }

    private static func normalized(_ name: String) -> String {
        var rest = name[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
        return String(rest)
    }
}
