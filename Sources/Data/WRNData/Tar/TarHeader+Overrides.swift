// SPDX-License-Identifier: Apache-2.0

import WRNArchive

extension TarHeader {
    /// What a GNU long name or a pax header says about the entry that follows it.
    struct Overrides {
        /// The entry's name.
        private(set) var name: String?
        /// The entry's size.
        private(set) var size: Int?

        /// Takes in the data of a `.longName` or `.extended` entry, whose header stands at `offset`.
        mutating func read(
            _ data: ArraySlice<UInt8>, kind: Kind, at offset: Int, of source: NamedBytes
        ) throws(DataError) {
            let start = offset + TarArchive.blockByteCount
            guard data.count <= TarArchive.maximumExtendedHeaderByteCount else {
                throw source.error(
                    .tooLarge, at: start,
                    "an extended tar header has \(data.count) bytes; at most "
                        + "\(TarArchive.maximumExtendedHeaderByteCount) are read")
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

        private mutating func set(
            _ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, at place: Int,
            of source: NamedBytes
        ) throws(DataError) {
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

        private mutating func setName(
            _ bytes: ArraySlice<UInt8>, at place: Int, of source: NamedBytes
        ) throws(DataError) {
            guard bytes.count <= TarArchive.maximumNameByteCount else {
                throw source.error(
                    .tooLarge, at: place,
                    "a name of \(bytes.count) bytes; at most \(TarArchive.maximumNameByteCount) are read"
                )
            }
            name = String(decoding: bytes, as: UTF8.self)
        }
    }
}
