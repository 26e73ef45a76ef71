// SPDX-License-Identifier: Apache-2.0

/// An error of bytes that are no message of protocol buffers, or not the expected one.
package struct ProtobufError: Error, Hashable, Sendable {
    /// The place of the fault, in bytes from the start of the outermost message.
    package let byteOffset: Int
    /// What was expected and what was found.
    package let sentence: String

    package init(byteOffset: Int, sentence: String) {
        self.byteOffset = byteOffset
        self.sentence = sentence
    }
}

/// The fields of a message from an untrusted source, one after another.
///
///     var reader = ProtobufReader(bytes[...])
///     while let field = try reader.next() {
///         switch field.number {
///         case 1: version = try field.integer()
///         default: break                        // a field of a later version
///         }
///     }
///
/// Every length is compared with the bytes that are left before anything is taken, and nothing is
/// copied. Messages inside are read by a reader of their own, so that their depth is the caller's.
package struct ProtobufReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Reads a message.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The next field; nil behind the last.
    ///
    /// - Throws: ``ProtobufError`` for bytes that break the format's rules, and for groups, which
    ///   the format gave up in 2008.
    package mutating func next() throws(ProtobufError) -> ProtobufField? {
        guard position < bytes.endIndex else { return nil }
        let start = position
        let key = try varint("a field's key")
        let number = key >> 3
        guard (1...536_870_911).contains(number) else {
            throw error(start, "expected a field's number in 1...536870911, found \(number)")
        }
        let value: ProtobufField.Value
        switch ProtobufWireType(rawValue: key & 7) {
        case .varint: value = .varint(try varint("field \(number)"))
        case .fixed64: value = .fixed64(try littleEndian(8, number))
        case .fixed32: value = .fixed32(UInt32(truncatingIfNeeded: try littleEndian(4, number)))
        case .lengthDelimited:
            let length = try varint("the length of field \(number)")
            value = .bytes(try take(length, number))
        case nil:
            throw error(
                start,
                "expected a value of type 0, 1, 2 or 5 for field \(number), "
                    + "found type \(key & 7)")
        }
        return ProtobufField(number: Int(number), value: value, byteOffset: start)
    }

    private func error(_ place: Int, _ sentence: String) -> ProtobufError {
        ProtobufError(byteOffset: place, sentence: sentence)
    }

    private mutating func varint(_ what: String) throws(ProtobufError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.endIndex else {
                throw error(start, "\(what) is cut off at the end of its message")
            }
            let byte = bytes[position]
            position += 1
            // Of the tenth byte only the lowest bit is left of the 64.
            guard shift < 63 || byte <= 1 else {
                throw error(start, "\(what) does not fit 64 bits")
            }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw error(start, "\(what) does not fit 64 bits")
    }

    private mutating func littleEndian(
        _ count: UInt64, _ number: UInt64
    ) throws(ProtobufError) -> UInt64 {
        try take(count, number).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func take(
        _ count: UInt64, _ number: UInt64
    ) throws(ProtobufError) -> ArraySlice<UInt8> {
        let left = bytes.endIndex - position
        guard count <= UInt64(left) else {
            throw error(
                position,
                "field \(number) needs \(count) bytes, but only \(left) of its message are left")
        }
        let start = position
        position += Int(count)
        return bytes[start..<position]
    }
}

/// One field of a message, as it stands in the bytes.
package struct ProtobufField: Sendable {
    /// A value, by the type that its key announces.
    package enum Value: Sendable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case fixed32(UInt32)
    }

    /// The field's number in its message.
    package let number: Int
    /// The value.
    package let value: Value
    /// The place of its key.
    package let byteOffset: Int

    /// The value as an integer.
    package func integer() throws(ProtobufError) -> Int64 {
        guard case .varint(let bits) = value else { throw unexpected("an integer") }
        return Int64(bitPattern: bits)
    }

    /// The value as one integer, or as several that are packed into one field.
    package func integers(limit: Int) throws(ProtobufError) -> [Int64] {
        guard case .bytes(var rest) = value else { return [try integer()] }
        var numbers: [Int64] = []
        while !rest.isEmpty {
            guard numbers.count < limit else {
                throw ProtobufError(
                    byteOffset: byteOffset,
                    sentence: "expected at most \(limit) numbers in field \(number), found more")
            }
            guard let end = rest.firstIndex(where: { $0 & 0x80 == 0 }),
                end - rest.startIndex < 10
            else { throw unexpected("packed integers") }
            let bits = rest[...end].reversed().reduce(UInt64(0)) { $0 << 7 | UInt64($1 & 0x7f) }
            numbers.append(Int64(bitPattern: bits))
            rest = rest[(end + 1)...]
        }
        return numbers
    }

    /// The value as a 32-bit float.
    package func float() throws(ProtobufError) -> Float {
        guard case .fixed32(let bits) = value else { throw unexpected("a float") }
        return Float(bitPattern: bits)
    }

    /// The value as a 64-bit float.
    package func double() throws(ProtobufError) -> Double {
        guard case .fixed64(let bits) = value else { throw unexpected("a double") }
        return Double(bitPattern: bits)
    }

    /// The value as bytes, which are not copied.
    package func bytes() throws(ProtobufError) -> ArraySlice<UInt8> {
        guard case .bytes(let bytes) = value else { throw unexpected("bytes") }
        return bytes
    }

    /// The value as UTF-8.
    package func text() throws(ProtobufError) -> String {
        guard let text = String(validating: try bytes(), as: UTF8.self) else {
            throw unexpected("text in UTF-8")
        }
        return text
    }

    /// The value as a message.
    package func message() throws(ProtobufError) -> ProtobufReader {
        ProtobufReader(try bytes())
    }

    private func unexpected(_ what: String) -> ProtobufError {
        ProtobufError(
            byteOffset: byteOffset, sentence: "expected \(what) in field \(number), found \(found)")
    }

    private var found: String {
        switch value {
        case .varint: "an integer"
        case .fixed64: "8 bytes"
        case .bytes(let bytes): "\(bytes.count) bytes of another kind"
        case .fixed32: "4 bytes"
        }
    }
}
