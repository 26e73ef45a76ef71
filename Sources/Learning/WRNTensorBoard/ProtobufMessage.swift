// SPDX-License-Identifier: Apache-2.0

/// The bytes of one message in the wire format of protocol buffers.
///
/// A message is a sequence of fields, each a key (the field's number and the type of what follows)
/// and a value. Fields without presence of their own are left out where they have their default, as
/// proto3 requires.
///
/// - Reference: "Encoding", protobuf.dev/programming-guides/encoding.
struct ProtobufMessage {
    /// The type of a value after a key.
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    /// The message as it is written so far.
    private(set) var bytes: [UInt8] = []

    /// Appends an `int64`; 0 is the default and left out.
    mutating func append(_ value: Int64, field: UInt64) {
        guard value != 0 else { return }
        appendKey(field, .varint)
        appendVarint(UInt64(bitPattern: value))
    }

    /// Appends a `double`; positive zero is the default and left out.
    mutating func append(_ value: Double, field: UInt64) {
        guard value.bitPattern != 0 else { return }
        appendKey(field, .fixed64)
        appendLittleEndian(value.bitPattern)
    }

    /// Appends a `float` of a `oneof`, which is written whatever its value is.
    mutating func append(choice value: Float, field: UInt64) {
        appendKey(field, .fixed32)
        appendLittleEndian(value.bitPattern)
    }

    /// Appends a `string`, also an empty one.
    mutating func append(_ text: String, field: UInt64) {
        append(lengthDelimited: text.utf8, field: field)
    }

    /// Appends a message inside this one.
    mutating func append(_ message: ProtobufMessage, field: UInt64) {
        append(lengthDelimited: message.bytes, field: field)
    }

    private mutating func append(
        lengthDelimited content: some Collection<UInt8>, field: UInt64
    ) {
        appendKey(field, .lengthDelimited)
        appendVarint(UInt64(content.count))
        bytes += content
    }

    private mutating func appendKey(_ field: UInt64, _ type: WireType) {
        appendVarint(field << 3 | type.rawValue)
    }

    /// Appends seven bits a byte, the lowest first; the highest bit of a byte means that another
    /// one follows.
    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}
