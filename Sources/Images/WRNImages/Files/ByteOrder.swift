// SPDX-License-Identifier: Apache-2.0

/// The order of the bytes of a number.
enum ByteOrder {
    case littleEndian
    case bigEndian

    /// The unsigned number in the `count` (1...4) bytes at `place`, or nil when they do not all lie
    /// in `bytes`.
    func number(_ count: Int, at place: Int, in bytes: ArraySlice<UInt8>) -> Int? {
        let start = bytes.startIndex
        guard place >= 0, place <= bytes.count - count else { return nil }
        let field = bytes[start + place..<start + place + count]
        switch self {
        case .littleEndian: return field.reversed().reduce(0) { $0 << 8 | Int($1) }
        case .bigEndian: return field.reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
