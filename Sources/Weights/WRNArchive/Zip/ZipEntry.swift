// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// One file of a zip archive, as its directory describes it.
package struct ZipEntry<Failure: FileFailure>: Sendable {
    /// The compression of its bytes.
    package enum Method: Int, Sendable {
        case stored = 0
        case deflated = 8
    }

    package let path: ArchivePath
    package let method: Method
    package let checksum: UInt32
    package let packedByteCount: Int
    package let byteCount: Int
    /// The start of its own header.
    package let offset: Int
    /// Whether it is a symbolic link, as Unix programs store them.
    package let isLink: Bool

    /// The bytes of the fixed part of a header in the directory.
    package static var headerByteCount: Int { 46 }

    private static var signature: UInt64 { 0x0201_4B50 }

    /// Reads the directory's next header.
    package init(_ cursor: inout ByteCursor<Failure>, at base: Int, of file: OpenFile<Failure>)
        throws(Failure)
    {
        let start = base + cursor.offset
        let fields = try Fields(&cursor, at: start, of: file)
        guard let name = ArchivePath(fields.name) else {
            throw file.error(.unsupported, at: start, ArchivePath.problem(about: fields.name))
        }
        path = name
        guard fields.flags & 0x2041 == 0 else {
            throw file.error(
                .unsupported, at: start,
                "'\(name)' is encrypted; make the archive again without a password")
        }
        guard let method = Method(rawValue: fields.method) else {
            throw file.error(
                .unsupported, at: start,
                "'\(name)' is packed by method \(fields.method); only 0 (stored) and 8 (deflate) "
                    + "are read, so make the archive again with 'zip'")
        }
        self.method = method
        checksum = fields.checksum
        // The upper byte of the version is the system of the attributes; 3 is Unix.
        isLink = fields.version >> 8 == 3 && fields.attributes >> 28 == 0xA
        (packedByteCount, byteCount, offset) = (
            fields.packedByteCount, fields.byteCount, fields.offset
        )
        // An entry larger than DEFLATE can make it is refused before memory is allocated.
        let plausible =
            method == .stored
            ? byteCount == packedByteCount
            : byteCount / Deflate.maximumExpansion <= packedByteCount
        guard plausible else {
            throw file.error(
                .inconsistent, at: start,
                "'\(name)' cannot unpack from \(packedByteCount) to \(byteCount) bytes; "
                    + "the directory lies")
        }
    }

    /// The numbers of a header, after the large ones were taken from where zip64 keeps them.
    private struct Fields {
        let version: Int
        let flags: Int
        let method: Int
        let checksum: UInt32
        let attributes: UInt32
        let name: ArraySlice<UInt8>
        private(set) var packedByteCount: Int
        private(set) var byteCount: Int
        private(set) var offset: Int

        init(_ cursor: inout ByteCursor<Failure>, at start: Int, of file: OpenFile<Failure>)
            throws(Failure)
        {
            let what = "an entry of the zip directory"
            guard try cursor.littleEndian(4, what) == ZipEntry.signature else {
                throw file.error(
                    .malformed, at: start,
                    "this is not an entry of the zip directory; "
                        + "the archive is damaged, so get it again")
            }
            version = Int(try cursor.littleEndian(2, what))
            _ = try cursor.take(2, what)
            flags = Int(try cursor.littleEndian(2, what))
            method = Int(try cursor.littleEndian(2, what))
            _ = try cursor.take(4, what)
            checksum = UInt32(try cursor.littleEndian(4, what))
            packedByteCount = Int(try cursor.littleEndian(4, what))
            byteCount = Int(try cursor.littleEndian(4, what))
            let nameLength = Int(try cursor.littleEndian(2, what))
            let extraLength = Int(try cursor.littleEndian(2, what))
            let commentLength = Int(try cursor.littleEndian(2, what))
            let disk = try cursor.littleEndian(2, what)
            _ = try cursor.take(2, what)
            attributes = UInt32(try cursor.littleEndian(4, what))
            offset = Int(try cursor.littleEndian(4, what))
            name = try cursor.take(nameLength, "a name in the zip directory")
            let extra = try cursor.take(extraLength, "an extra field of the zip directory")
            _ = try cursor.take(commentLength, "a comment in the zip directory")
            guard disk == 0 || disk == 0xFFFF else {
                throw file.error(
                    .unsupported, at: start, "the archive is one of several parts; join them")
            }
            try takeLargeNumbers(from: extra, at: start, of: file)
        }

        /// Extra field 1 holds, in this order, those numbers that are all ones in the header.
        private mutating func takeLargeNumbers(
            from extra: ArraySlice<UInt8>, at start: Int, of file: OpenFile<Failure>
        ) throws(Failure) {
            let needed = [byteCount, packedByteCount, offset].map { $0 == 0xFFFF_FFFF }
            guard needed.contains(true) else { return }
            var cursor = ByteCursor(
                NamedBytes<Failure>(name: file.name + " (an extra field)", extra))
            while cursor.remaining >= 4 {
                let kind = try cursor.littleEndian(2, "an extra field")
                let length = Int(try cursor.littleEndian(2, "an extra field"))
                let data = try cursor.take(min(length, cursor.remaining), "an extra field")
                guard kind == 1 else { continue }
                var numbers = ByteCursor(
                    NamedBytes<Failure>(name: file.name + " (an extra field)", data))
                for (place, isNeeded) in zip(
                    [\Self.byteCount, \.packedByteCount, \.offset], needed)
                where isNeeded {
                    let number = try numbers.littleEndian(8, "a zip64 number")
                    guard number >> 62 == 0 else {
                        throw file.error(
                            .malformed, at: start, "a zip64 number is out of range (\(number))")
                    }
                    self[keyPath: place] = Int(number)
                }
                return
            }
            throw file.error(
                .malformed, at: start,
                "an entry needs zip64 numbers, but has none; "
                    + "the archive is damaged")
        }
    }
}
