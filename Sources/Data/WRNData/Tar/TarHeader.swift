// SPDX-License-Identifier: Apache-2.0

import WRNArchive

/// One 512-byte header of a tar archive.
struct TarHeader {
    /// What an entry is, as far as it matters here.
    enum Kind {
        /// A regular file.
        case file
        /// GNU's `L`: the data are the next entry's name.
        case longName
        /// POSIX's `x`: the data are records that override the next entry's header.
        case extended
        /// POSIX's `g`: records for all entries, of which none matters here.
        case defaults
        /// A directory.
        case folder
        /// A link, a device, or something for other readers.
        case other
    }

    let name: String
    let size: Int
    let kind: Kind
    /// Whether `size` bytes of data follow: links, devices and directories have none, whatever they say.
    let holdsData: Bool

    init(
        _ block: ArraySlice<UInt8>, at offset: Int, of source: NamedBytes
    ) throws(DataError) {
        let bytes = Array(block)
        guard Self.checksumHolds(block) else {
            throw source.error(
                .malformed, at: offset,
                "this is not a tar header (its checksum is wrong); the archive is damaged")
        }
        guard let size = Self.number(bytes[124..<136]) else {
            throw source.error(
                .malformed, at: offset + 124, "a tar entry's size is not a number in range")
        }
        self.size = size
        var name = Self.text(bytes[0..<100])
        if bytes[257..<262].elementsEqual("ustar".utf8), bytes[262] == 0, bytes[345] != 0 {
            name = Self.text(bytes[345..<500]) + "/" + name
        }
        self.name = name
        switch bytes[156] {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            // Before POSIX, a directory was a file whose name ends with a slash.
            kind = name.hasSuffix("/") ? .folder : .file
            holdsData = true
        case UInt8(ascii: "L"): (kind, holdsData) = (.longName, true)
        case UInt8(ascii: "x"): (kind, holdsData) = (.extended, true)
        case UInt8(ascii: "g"): (kind, holdsData) = (.defaults, true)
        case UInt8(ascii: "5"): (kind, holdsData) = (.folder, false)
        case UInt8(ascii: "1")...UInt8(ascii: "6"): (kind, holdsData) = (.other, false)
        default: (kind, holdsData) = (.other, true)
        }
    }

    /// Whether the header's sum of bytes is what it says.
    static func checksumHolds(_ block: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(block)
        guard bytes.count == TarArchive.blockByteCount, let said = number(bytes[148..<156]) else {
            return false
        }
        let field = 8 * Int(UInt8(ascii: " "))
        return said == bytes[..<148].reduce(0) { $0 + Int($1) }
            + bytes[156...].reduce(field) { $0 + Int($1) }
    }

    /// A field's number: octal digits, or GNU's big-endian form for the large ones.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first == 0x80 {
            return field.dropFirst().reduce(0 as Int?) { sum, byte in
                guard let sum, sum >> 54 == 0 else { return nil }
                return sum << 8 | Int(byte)
            }
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }
            .prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }) else {
            return nil
        }
        return digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}
