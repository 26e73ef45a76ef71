// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// The place of the directory at the end of a zip archive, and the number of its entries.
package struct ZipDirectory<Failure: FileFailure> {
    package let offset: Int
    package let byteCount: Int
    package let entryCount: Int

    /// The most bytes a directory may have.
    package static var maximumByteCount: Int { 1 << 30 }
    /// The bytes of the end record, without its comment.
    private static var endByteCount: Int { 22 }
    private static var maximumCommentByteCount: Int { 0xFFFF }
    private static var end64ByteCount: Int { 56 }
    private static var locatorByteCount: Int { 20 }

    /// Whether a file begins or ends like a zip archive.
    package static func isZip(_ file: OpenFile<Failure>) -> Bool {
        let head = try? file.bytes(at: 0, 4, "the first bytes")
        return head == [0x50, 0x4B, 3, 4] || head == [0x50, 0x4B, 5, 6]
    }

    /// Finds the directory.
    ///
    /// - Throws: `Failure` for an archive that is cut off, in several parts, or with a false end
    ///   record.
    package init(of file: OpenFile<Failure>) throws(Failure) {
        let windowSize = min(file.count, Self.endByteCount + Self.maximumCommentByteCount)
        let base = file.count - windowSize
        let window = try file.bytes(at: base, windowSize, "the end of the archive")
        guard let place = Self.endRecord(in: window) else {
            throw file.error(
                .truncated,
                "the archive has no directory at its end; the file was cut off, "
                    + "or is no zip archive")
        }
        let end = base + place
        var cursor = ByteCursor(
            NamedBytes<Failure>(name: file.name, window[(place + 4)..<(place + Self.endByteCount)]))
        let disks = try (
            cursor.littleEndian(2, "the end record"), cursor.littleEndian(2, "the end record")
        )
        let counts = try (
            cursor.littleEndian(2, "the end record"), cursor.littleEndian(2, "the end record")
        )
        let size = try cursor.littleEndian(4, "the end record")
        let start = try cursor.littleEndian(4, "the end record")
        if counts.1 == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
            if let large = try Self.large(of: file, before: end) {
                self = large
                return
            }
        }
        guard disks == (0, 0), counts.0 == counts.1 else {
            throw file.error(
                .unsupported, at: end, "the archive is one of several parts; join them")
        }
        try self.init(
            offset: start, byteCount: size, entryCount: counts.1, before: end, of: file)
    }

    private init(
        offset: UInt64, byteCount: UInt64, entryCount: UInt64, before end: Int,
        of file: OpenFile<Failure>
    ) throws(Failure) {
        guard offset <= UInt64(end), byteCount <= UInt64(end) - offset else {
            throw file.error(
                .truncated, at: end,
                "the archive's directory of \(byteCount) bytes is said to begin at byte \(offset), "
                    + "which leaves no room for it; the file was cut off or changed")
        }
        guard byteCount <= UInt64(Self.maximumByteCount) else {
            throw file.error(
                .tooLarge, at: end,
                "the archive's directory has \(byteCount) bytes; at most \(Self.maximumByteCount) "
                    + "are read")
        }
        guard entryCount <= byteCount / UInt64(ZipEntry<Failure>.headerByteCount) else {
            throw file.error(
                .inconsistent, at: end,
                "\(entryCount) entries do not fit the directory's \(byteCount) bytes; it lies")
        }
        self.offset = Int(offset)
        self.byteCount = Int(byteCount)
        self.entryCount = Int(entryCount)
    }

    /// The last place where an end record stands whose comment reaches exactly to the end.
    private static func endRecord(in window: [UInt8]) -> Int? {
        guard window.count >= endByteCount else { return nil }
        return stride(from: window.count - endByteCount, through: 0, by: -1).first { place in
            guard window[place...].starts(with: [0x50, 0x4B, 5, 6]) else { return false }
            let comment = Int(window[place + 20]) | Int(window[place + 21]) << 8
            return place + endByteCount + comment == window.count
        }
    }

    /// The fields of the zip64 end record before the end record, if there is one.
    private static func large(
        of file: OpenFile<Failure>, before end: Int
    ) throws(Failure) -> ZipDirectory<Failure>? {
        guard end >= locatorByteCount else { return nil }
        let locator = try file.bytes(at: end - locatorByteCount, locatorByteCount, "the locator")
        guard locator.starts(with: [0x50, 0x4B, 6, 7]) else { return nil }
        let place = locator[8..<16].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        guard let room = UInt64(exactly: end - locatorByteCount - end64ByteCount), place <= room
        else {
            throw file.error(
                .malformed, at: end,
                "the zip64 end record is said to stand at byte \(place), "
                    + "where it cannot")
        }
        let record = try file.bytes(at: Int(place), end64ByteCount, "the zip64 end record")
        guard record.starts(with: [0x50, 0x4B, 6, 6]) else {
            throw file.error(
                .malformed, at: Int(place),
                "this is not the zip64 end record; "
                    + "the archive is damaged")
        }
        var cursor = ByteCursor(NamedBytes<Failure>(name: file.name, record[16...]))
        let disks = try (
            cursor.littleEndian(4, "the zip64 end record"),
            cursor.littleEndian(4, "the zip64 end record")
        )
        let counts = try (
            cursor.littleEndian(8, "the zip64 end record"),
            cursor.littleEndian(8, "the zip64 end record")
        )
        guard disks == (0, 0), counts.0 == counts.1 else {
            throw file.error(
                .unsupported, at: end, "the archive is one of several parts; join them")
        }
        let size = try cursor.littleEndian(8, "the zip64 end record")
        let start = try cursor.littleEndian(8, "the zip64 end record")
        return try ZipDirectory(
            offset: start, byteCount: size, entryCount: counts.1, before: Int(place), of: file)
    }
}
