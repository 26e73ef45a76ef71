// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// The regular files of a tar archive, read in memory; nothing is ever written to disk, so a name
/// like `../../etc/passwd` is only a name.
///
/// Reads the classic, POSIX ustar, GNU (long names) and pax formats. Directories, links and devices
/// are passed over.
package struct TarArchive<Failure: FileFailure>: Sendable {
    /// The most entries an archive may have.
    package static var maximumEntryCount: Int { 100_000 }
    /// The archive's own name.
    package let name: String
    /// The regular files by name, without a leading `./`.
    package let files: [String: ArraySlice<UInt8>]

    /// Whether the bytes begin with a tar header.
    package static func isTar(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count >= TarHeader.blockByteCount
            && TarHeader.checksumHolds(bytes.prefix(TarHeader.blockByteCount))
    }

    /// Reads an archive.
    ///
    /// - Throws: `Failure` for an archive that is cut off, damaged, without its end mark, beyond a
    ///   limit, or that holds two files of one name.
    package init(_ source: NamedBytes<Failure>) throws(Failure) {
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
            let block = try cursor.take(TarHeader.blockByteCount, "a tar header")
            if block.allSatisfy({ $0 == 0 }) { break }
            entryCount += 1
            guard entryCount <= Self.maximumEntryCount else {
                throw cursor.error(
                    .tooLarge, at: start,
                    "the archive has more than \(Self.maximumEntryCount) entries; unpack it, and "
                        + "give the directory")
            }
            let header = try TarHeader(block, at: start, of: source)
            let size = header.holdsData ? pending.size ?? header.size : 0
            let data = try cursor.take(size, "the entry '\(header.name)'")
            let padding =
                (TarHeader.blockByteCount - size % TarHeader.blockByteCount)
                % TarHeader.blockByteCount
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
