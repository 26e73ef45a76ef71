// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The CRC-32 of bytes in parts, as in zip archives.
package struct CRC32 {
    /// The checksum of the bytes so far.
    package private(set) var value: UInt32 = 0

    /// Begins with no bytes.
    package init() {}

    /// Adds bytes.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let bytes = bytes.bindMemory(to: UInt8.self)
        var done = 0
        while done < bytes.count {
            let size = min(bytes.count - done, 1 << 30)
            let next = crc32(UInt(value), bytes.baseAddress.map { $0 + done }, UInt32(size))
            value = UInt32(truncatingIfNeeded: next)
            done += size
        }
    }

    /// The checksum of bytes.
    package static func checksum(of bytes: [UInt8]) -> UInt32 {
        var sum = CRC32()
        bytes.withUnsafeBytes { sum.add($0) }
        return sum.value
    }
}
