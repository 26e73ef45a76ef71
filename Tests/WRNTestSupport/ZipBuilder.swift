// SPDX-License-Identifier: Apache-2.0

/// A writer of zip archives, valid and hostile ones.
package struct ZipBuilder {
    /// The fields of an entry's headers that differ from its data.
    package struct Lies {
        let method: Int
        let flags: Int
        let byteCount: Int?
        let packedByteCount: Int?
        let offset: Int?
        let checksum: UInt32?
        let localName: String?
        let mode: Int
        let usesZip64: Bool

        /// Collects the fields that differ; `mode` is the file's mode on Unix.
        package init(
            method: Int = 0, flags: Int = 0, byteCount: Int? = nil, packedByteCount: Int? = nil,
            offset: Int? = nil, checksum: UInt32? = nil, localName: String? = nil,
            mode: Int = 0o100644, usesZip64: Bool = false
        ) {
            self.method = method
            self.flags = flags
            self.byteCount = byteCount
            self.packedByteCount = packedByteCount
            self.offset = offset
            self.checksum = checksum
            self.localName = localName
            self.mode = mode
            self.usesZip64 = usesZip64
        }
    }

    /// Creates an archive without entries.
    package init() {}

    /// The entries so far.
    package private(set) var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    /// The number of entries so far.
    package private(set) var entryCount = 0

    /// Adds an entry; `data` are its packed bytes.
    package mutating func add(_ name: String, _ data: [UInt8] = [], _ lies: Lies = Lies()) {
        add(Array(name.utf8), data, lies)
    }

    /// Adds an entry whose name may be any bytes.
    package mutating func add(_ name: [UInt8], _ data: [UInt8], _ lies: Lies) {
        let offset = lies.offset ?? bytes.count
        let (size, packed) = (lies.byteCount ?? data.count, lies.packedByteCount ?? data.count)
        let sum = lies.checksum ?? Self.checksum(data)
        let localName = lies.localName.map { Array($0.utf8) } ?? name
        bytes +=
            [0x50, 0x4B, 3, 4] + number(20, 2) + number(lies.flags, 2) + number(lies.method, 2)
        bytes += number(0, 4) + number(Int(sum), 4) + number(packed, 4) + number(size, 4)
        bytes += number(localName.count, 2) + number(0, 2) + localName + data
        let all = 0xFFFF_FFFF
        let extra =
            lies.usesZip64
            ? number(1, 2) + number(24, 2) + number(size, 8) + number(packed, 8) + number(offset, 8)
            : []
        directory += [0x50, 0x4B, 1, 2] + number(0x0314, 2) + number(20, 2) + number(lies.flags, 2)
        directory += number(lies.method, 2) + number(0, 4) + number(Int(sum), 4)
        directory += number(lies.usesZip64 ? all : packed, 4)
        directory += number(lies.usesZip64 ? all : size, 4)
        directory += number(name.count, 2) + number(extra.count, 2) + number(0, 6)
        directory += number(lies.mode << 16, 4) + number(lies.usesZip64 ? all : offset, 4)
        directory += name + extra
        entryCount += 1
    }

    /// The archive with its directory; with zip64's records on request.
    package func finished(usesZip64: Bool = false, claiming claimed: Int? = nil) -> [UInt8] {
        let count = claimed ?? entryCount
        var end: [UInt8] = []
        if usesZip64 {
            end += [0x50, 0x4B, 6, 6] + number(44, 8) + number(45, 2) + number(45, 2)
            end += number(0, 8) + number(count, 8) + number(count, 8)
            end += number(directory.count, 8) + number(bytes.count, 8)
            end += [0x50, 0x4B, 6, 7] + number(0, 4) + number(bytes.count + directory.count, 8)
            end += number(1, 4)
        }
        let (short, place) = usesZip64 ? (0xFFFF, 0xFFFF_FFFF) : (count, bytes.count)
        end += [0x50, 0x4B, 5, 6] + number(0, 4) + number(short, 2) + number(short, 2)
        end += number(usesZip64 ? 0xFFFF_FFFF : directory.count, 4) + number(place, 4)
        return bytes + directory + end + number(0, 2)
    }

    /// Bytes as one stored block of DEFLATE.
    package static func deflated(_ data: [UInt8]) -> [UInt8] {
        let count = UInt16(data.count)
        return [1, UInt8(count & 255), UInt8(count >> 8), ~UInt8(count & 255), ~UInt8(count >> 8)]
            + data
    }

    /// The CRC-32 of bytes.
    package static func checksum(_ data: [UInt8]) -> UInt32 {
        ~data.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
                sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
            }
        }
    }

    private func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
