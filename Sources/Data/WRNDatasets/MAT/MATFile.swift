// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// A MATLAB file of version 5, also of versions 6 and 7: arrays with names, each compressed by
/// itself or not.
///
/// Only the small parts of an array are kept; its numbers are handed on piece by piece, so that an
/// array of gigabytes needs no memory of its own here.
///
/// - Reference: MathWorks, "MAT-File Format", chapter 1 (Level 5).
struct MATFile {
    /// The bytes before the first array.
    static let headerByteCount = 128
    /// The most arrays in a file.
    static let maximumArrayCount = 1000

    let file: OpenFile

    /// Checks the header.
    ///
    /// - Throws: ``DataError`` for a file of another version, of another byte order, or of another
    ///   kind.
    init(_ file: OpenFile) throws(DataError) {
        self.file = file
        let header = try file.bytes(at: 0, Self.headerByteCount, "the header of a MATLAB file")
        guard header.starts(with: "MATLAB".utf8) else {
            throw file.error(
                .unsupported, at: 0,
                "this is not a MATLAB file; give one that MATLAB or SciPy wrote")
        }
        switch (header[126], header[127]) {
        case (UInt8(ascii: "I"), UInt8(ascii: "M")): break
        case (UInt8(ascii: "M"), UInt8(ascii: "I")):
            throw file.error(
                .unsupported, at: 126,
                "the MATLAB file is big-endian; save it again on another "
                    + "machine")
        default:
            throw file.error(.malformed, at: 126, "the MATLAB file's byte order is not stated")
        }
        guard header[125] == 1 else {
            throw file.error(
                .unsupported, at: 124,
                "the MATLAB file has the version \(header[125]).\(header[124]) (7.3 is HDF5); "
                    + "save it with -v7")
        }
    }

    /// Calls `body` with each array, in the file's order.
    ///
    /// - Throws: ``DataError`` for a file that is cut off, damaged, or holds something else than
    ///   arrays; and whatever `body` throws.
    func forEachArray(
        _ body: (MATArray, MATStream) throws(DataError) -> Void
    ) throws(DataError) {
        var offset = Self.headerByteCount
        var count = 0
        while offset < file.count {
            count += 1
            guard count <= Self.maximumArrayCount else {
                throw file.error(
                    .tooLarge, at: offset, "more than \(Self.maximumArrayCount) arrays in the file")
            }
            let tag = MATTag(try file.bytes(at: offset, MATTag.byteCount, "the tag of an array"))
            let start = offset + MATTag.byteCount
            guard !tag.isSmall, tag.size <= file.count - start else {
                throw file.error(
                    .truncated, at: offset,
                    "an array is said to have \(tag.size) bytes, but only \(file.count - start) "
                        + "are left; the file was cut off")
            }
            let stream = try MATStream(file, at: start, tag, isNested: false)
            let array = try MATArray(stream)
            try body(array, stream)
            try stream.finish()
            // Compressed data are not padded; others have a size that is a multiple of 8 already.
            offset = start + tag.size
        }
    }
}

/// The eight bytes, or four, before each piece of a MATLAB file.
struct MATTag {
    static let byteCount = 8

    /// The kinds of pieces that matter here.
    enum Kind {
        static let int8 = 1
        static let uint8 = 2
        static let int32 = 5
        static let uint32 = 6
        static let matrix = 14
        static let compressed = 15
    }

    let kind: Int
    /// The bytes of data that follow.
    let size: Int
    /// Whether the data, of four bytes at most, are in the tag's own second half.
    let isSmall: Bool

    init(_ bytes: [UInt8]) {
        let first = bytes[0..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        let second = bytes[4..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        isSmall = first >> 16 != 0
        kind = isSmall ? first & 0xFFFF : first
        size = isSmall ? first >> 16 : second
    }
}
