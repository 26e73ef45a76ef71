// SPDX-License-Identifier: Apache-2.0

/// The checksum of TensorFlow's records: CRC-32 with Castagnoli's polynomial.
///
/// - Reference: RFC 3720, section 12.1 and appendix B.4.
enum CRC32C {
    /// The remainder of each byte; the polynomial's bits are reversed, as the bits of bytes come
    /// lowest first.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in
            rest & 1 == 1 ? rest >> 1 ^ 0x82f6_3b78 : rest >> 1
        }
    }

    /// The checksum of some bytes.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { rest, byte in
            rest >> 8 ^ table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)]
        }
    }

    /// The checksum as records store it: rotated and shifted, as the CRC of data followed by their
    /// own CRC is a constant.
    ///
    ///     ((c >> 15) | (c << 17)) + 0xa282ead8
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let checksum = checksum(bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
    }
}
