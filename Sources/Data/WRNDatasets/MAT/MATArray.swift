// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// The head of an array in a MATLAB file: its name, its element type and its extents, the fastest
/// first.
struct MATArray {
    /// The most axes.
    static let maximumAxisCount = 32
    /// The longest name, in bytes.
    static let maximumNameByteCount = 256

    let name: String
    let extents: [Int]
    /// Whether the elements are plain real numbers.
    let isNumeric: Bool
    /// The product of the extents.
    let count: Int

    /// Reads the head of an array.
    ///
    /// - Throws: ``DataError`` for a head that is damaged, or whose extents' product is out of
    ///   range.
    init(_ stream: MATStream) throws(DataError) {
        let flags = try stream.piece(limit: 64, "an array's flags")
        guard flags.kind == MATTag.Kind.uint32, flags.data.count == 8 else {
            throw stream.error(.malformed, "an array does not begin with its flags")
        }
        // 6 to 15 are the classes of numbers; bit 3 of the next byte is for complex ones.
        isNumeric = (6...15).contains(flags.data[0]) && flags.data[1] & 8 == 0
        let axes = try stream.piece(limit: 4 * Self.maximumAxisCount, "an array's extents")
        guard axes.kind == MATTag.Kind.int32, axes.data.count.isMultiple(of: 4),
            axes.data.count >= 8
        else { throw stream.error(.malformed, "an array's extents are not whole numbers") }
        extents = stride(from: 0, to: axes.data.count, by: 4).map { place in
            Int(
                Int32(
                    truncatingIfNeeded: axes.data[place..<place + 4].reversed()
                        .reduce(0) { $0 << 8 | UInt32($1) }))
        }
        guard let count = checkedProduct(extents) else {
            throw stream.error(
                .malformed, "an array has the extents \(extents), which is out of range")
        }
        self.count = count
        let name = try stream.piece(limit: Self.maximumNameByteCount, "an array's name")
        guard name.kind == MATTag.Kind.int8 else {
            throw stream.error(.malformed, "an array's name is not text")
        }
        self.name = String(decoding: name.data, as: UTF8.self)
    }

    /// Reads the numbers of a small array as integers, whatever type they are stored in.
    ///
    /// - Throws: ``DataError`` for an array that is not numeric, or a number that is not whole and
    ///   in 32 bits.
    func integers(_ stream: MATStream, limit: Int) throws(DataError) -> [Int] {
        guard isNumeric, count <= limit else {
            throw stream.error(
                .tooLarge,
                "'\(name)' has \(count) elements that are "
                    + "\(isNumeric ? "too many" : "no real numbers"); at most \(limit) are read")
        }
        let (kind, data) = try stream.piece(limit: 8 * max(count, 1), "'\(name)'")
        guard let type = Element(rawValue: kind), data.count == count * type.byteCount else {
            throw stream.error(
                .inconsistent,
                "'\(name)' has \(data.count) bytes of kind \(kind) for \(count) elements")
        }
        var numbers: [Int] = []
        numbers.reserveCapacity(count)
        for index in 0..<count {
            let place = index * type.byteCount
            guard let number = type.integer(data[place..<place + type.byteCount]) else {
                throw stream.error(
                    .malformed, "element \(index) of '\(name)' is no whole number in range")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// The types in which numbers are stored.
    private enum Element: Int {
        case int8 = 1
        case uint8 = 2
        case int16 = 3
        case uint16 = 4
        case int32 = 5
        case uint32 = 6
        case float = 7
        case double = 9

        var byteCount: Int {
            switch self {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float: 4
            case .double: 8
            }
        }

        func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
            let bits = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            switch self {
            case .int8: return Int(Int8(truncatingIfNeeded: bits))
            case .int16: return Int(Int16(truncatingIfNeeded: bits))
            case .int32: return Int(Int32(truncatingIfNeeded: bits))
            case .uint8, .uint16, .uint32: return Int(bits)
            case .float:
                return Int32(exactly: Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
                    .map(Int.init)
            case .double: return Int32(exactly: Double(bitPattern: bits)).map(Int.init)
            }
        }
    }
}
