// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// One 512-byte header of a tar archive.
struct TarHeader {
    /// The kind of an entry.
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

    /// Everything in a tar archive is padded to this many bytes.
    static let blockByteCount = 512
    /// The longest name, in bytes.
    static let maximumNameByteCount = 4096
    /// The longest extended header, in bytes.
    static let maximumExtendedByteCount = 1 << 20

    /// The entry's name.
    let name: String
    /// The number of bytes of data in the header.
    let size: Int
    /// The kind of the entry.
    let kind: Kind
    /// Whether `size` bytes of data follow: links, devices and directories have none, whatever
    /// their headers claim.
    let holdsData: Bool

    /// Reads the block that stands at `offset` of `source`.
    init<Failure>(
        _ block: ArraySlice<UInt8>, at offset: Int, of source: NamedBytes<Failure>
    ) throws(Failure) {
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

    /// Whether the sum of the header's bytes is the checksum that it holds.
    static func checksumHolds(_ block: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(block)
        guard bytes.count == blockByteCount, let expected = number(bytes[148..<156]) else {
            return false
        }
        let field = 8 * Int(UInt8(ascii: " "))
        return expected == bytes[..<148].reduce(0) { $0 + Int($1) }
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

extension TarHeader {
    /// The fields from a GNU long name or a pax header for the next entry.
    struct Overrides {
        /// The entry's name.
        private(set) var name: String?
        /// The entry's size.
        private(set) var size: Int?

        /// Reads the data of a `.longName` or `.extended` entry, whose header stands at `offset`.
        mutating func read<Failure>(
            _ data: ArraySlice<UInt8>, kind: Kind, at offset: Int, of source: NamedBytes<Failure>
        ) throws(Failure) {
            let start = offset + TarHeader.blockByteCount
            guard data.count <= TarHeader.maximumExtendedByteCount else {
                throw source.error(
                    .tooLarge, at: start,
                    "an extended tar header has \(data.count) bytes; at most "
                        + "\(TarHeader.maximumExtendedByteCount) are read")
            }
            if case .longName = kind {
                try setName(data.prefix { $0 != 0 }, at: start, of: source)
                return
            }
            // A record is "LENGTH KEY=VALUE\n", where LENGTH counts the whole record.
            var rest = data
            while !rest.isEmpty {
                let place = start + rest.startIndex - data.startIndex
                let digits = rest.prefix(8).prefix { (0x30...0x39).contains($0) }
                guard let length = Int(String(decoding: digits, as: UTF8.self)),
                    length > digits.count + 2, length <= rest.count
                else { throw source.error(.malformed, at: place, "a pax record's length is wrong") }
                let record = rest.prefix(length)
                rest = rest.dropFirst(length)
                let pair = record.dropFirst(digits.count + 1).dropLast()
                guard record.last == 0x0A, let equals = pair.firstIndex(of: UInt8(ascii: "="))
                else {
                    throw source.error(.malformed, at: place, "a pax record is not 'key=value'")
                }
                try set(pair[..<equals], pair[(equals + 1)...], at: place, of: source)
            }
        }

        private mutating func set<Failure>(
            _ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, at place: Int,
            of source: NamedBytes<Failure>
        ) throws(Failure) {
            switch String(decoding: key, as: UTF8.self) {
            case "path":
                try setName(value, at: place, of: source)
            case "size":
                guard let size = Int(String(decoding: value, as: UTF8.self)), size >= 0 else {
                    throw source.error(.malformed, at: place, "a pax size is not a number in range")
                }
                self.size = size
            default:
                break
            }
        }

        private mutating func setName<Failure>(
            _ bytes: ArraySlice<UInt8>, at place: Int, of source: NamedBytes<Failure>
        ) throws(Failure) {
            guard bytes.count <= TarHeader.maximumNameByteCount else {
                throw source.error(
                    .tooLarge, at: place,
                    "a name of \(bytes.count) bytes; at most \(TarHeader.maximumNameByteCount) are "
                        + "read"
                )
            }
            name = String(decoding: bytes, as: UTF8.self)
        }
    }
}
