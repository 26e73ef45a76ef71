// SPDX-License-Identifier: Apache-2.0

import WRNTestSupport

/// A writer of MATLAB files, valid and hostile ones.
struct MATBuilder {
    private(set) var bytes: [UInt8]

    init(version: UInt8 = 1, endian: String = "IM") {
        let text = Array("MATLAB 5.0 MAT-file".utf8)
        bytes = text + [UInt8](repeating: 0x20, count: 124 - text.count) + [0, version]
        bytes += Array(endian.utf8)
    }

    /// Adds a piece as it is.
    mutating func add(_ piece: [UInt8]) { bytes += piece }

    /// A piece: its kind, its size and its data, padded.
    static func piece(_ kind: Int, _ data: [UInt8], size: Int? = nil, padded: Bool = true)
        -> [UInt8]
    {
        let padding = padded ? (8 - data.count % 8) % 8 : 0
        return number(kind) + number(size ?? data.count) + data
            + [UInt8](repeating: 0, count: padding)
    }

    /// An array of unsigned bytes.
    static func array(
        _ name: String, _ extents: [Int], _ data: [UInt8], kind: Int = 2, size: Int? = nil,
        claiming claimed: Int? = nil
    ) -> [UInt8] {
        let content =
            piece(6, [9, 0, 0, 0, 0, 0, 0, 0]) + piece(5, extents.flatMap(number))
            + piece(1, Array(name.utf8)) + piece(kind, data, size: size)
        return piece(14, content, size: claimed)
    }

    /// A zlib stream of stored blocks.
    static func packed(_ data: [UInt8]) -> [UInt8] {
        var (low, high) = (1, 0)
        for byte in data {
            low = (low + Int(byte)) % 65521
            high = (high + low) % 65521
        }
        let sum = [high >> 8, high & 255, low >> 8, low & 255].map { UInt8($0) }
        return piece(15, [0x78, 1] + ZipBuilder.deflated(data) + sum, padded: false)
    }

    static func number(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
