// SPDX-License-Identifier: Apache-2.0

/// One message in the wire format of protocol buffers, as it is written.
///
/// A message is a sequence of fields, each a key (the field's number and the type of what follows)
/// and a value. Large blocks of numbers are kept as they are until the message is written out, so
/// that a message of gigabytes is not copied into each message around it.
///
/// - Reference: "Encoding", protobuf.dev/programming-guides/encoding.
package struct ProtobufMessage: Sendable {
    /// A part of the message's bytes.
    package enum Piece: Sendable {
        case bytes([UInt8])
        /// Numbers of 32 bits, the lowest byte first.
        case floats([Float])

        /// The number of bytes.
        package var byteCount: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .floats(let floats): 4 * floats.count
            }
        }

        /// The bytes; calls `body` with them in place where the machine stores numbers in that
        /// order.
        package func withBytes<Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
        ) throws(Failure) {
            var failure: Failure?
            func call(_ buffer: UnsafeRawBufferPointer) {
                do throws(Failure) { try body(buffer) } catch { failure = error }
            }
            switch self {
            case .bytes(let bytes): bytes.withUnsafeBytes(call)
            case .floats(let floats):
                #if _endian(little)
                    floats.withUnsafeBytes(call)
                #else
                    floats.map(\.bitPattern.littleEndian).withUnsafeBytes(call)
                #endif
            }
            if let failure { throw failure }
        }
    }

    /// The message as it is written so far.
    package private(set) var pieces: [Piece] = []
    /// The number of its bytes.
    package private(set) var byteCount = 0

    /// An empty message.
    package init() {}

    /// The message's bytes in one array.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for piece in pieces { piece.withBytes { bytes += $0 } }
        return bytes
    }

    /// Appends an integer; 0 is the default of proto3 and left out.
    package mutating func append(_ value: Int64, field: UInt64) {
        guard value != 0 else { return }
        append(present: value, field: field)
    }

    /// Appends an integer whose presence has a meaning, as in proto2, whatever its value is.
    package mutating func append(present value: Int64, field: UInt64) {
        append(Self.key(field, .varint) + Self.varint(UInt64(bitPattern: value)))
    }

    /// Appends a `double`; positive zero is the default of proto3 and left out.
    package mutating func append(_ value: Double, field: UInt64) {
        guard value.bitPattern != 0 else { return }
        append(Self.key(field, .fixed64) + Self.littleEndian(value.bitPattern))
    }

    /// Appends a `double` whose presence has a meaning, such as one of a `oneof`, whatever its
    /// value is.
    package mutating func append(present value: Double, field: UInt64) {
        append(Self.key(field, .fixed64) + Self.littleEndian(value.bitPattern))
    }

    /// Appends a `float` whose presence has a meaning, such as one of a `oneof`, whatever its value
    /// is.
    package mutating func append(present value: Float, field: UInt64) {
        append(Self.key(field, .fixed32) + Self.littleEndian(value.bitPattern))
    }

    /// Appends a `string`, also an empty one.
    package mutating func append(_ text: String, field: UInt64) {
        append(.bytes(Array(text.utf8)), field: field)
    }

    /// Appends a field of `bytes`, also an empty one.
    package mutating func append(_ content: Piece, field: UInt64) {
        append(Self.key(field, .lengthDelimited) + Self.varint(UInt64(content.byteCount)))
        append(content)
    }

    /// Appends integers, or truth values as 0 and 1, packed into one field.
    package mutating func append(packed values: [Int64], field: UInt64) {
        append(.bytes(values.flatMap { Self.varint(UInt64(bitPattern: $0)) }), field: field)
    }

    /// Appends a message inside this one.
    package mutating func append(_ message: ProtobufMessage, field: UInt64) {
        append(Self.key(field, .lengthDelimited) + Self.varint(UInt64(message.byteCount)))
        for piece in message.pieces { append(piece) }
    }

    /// The number of bytes from which a block stays a piece of its own.
    private static let smallestPiece = 1 << 12

    private mutating func append(_ piece: Piece) {
        guard piece.byteCount < Self.smallestPiece else {
            pieces.append(piece)
            byteCount += piece.byteCount
            return
        }
        piece.withBytes { append(Array($0)) }
    }

    private mutating func append(_ bytes: [UInt8]) {
        byteCount += bytes.count
        guard case .bytes(var last)? = pieces.last, last.count < 4 * Self.smallestPiece else {
            pieces.append(.bytes(bytes))
            return
        }
        // Out of the list first, so that appending does not copy it.
        pieces.removeLast()
        last += bytes
        pieces.append(.bytes(last))
    }

    private static func key(_ field: UInt64, _ type: ProtobufWireType) -> [UInt8] {
        varint(field << 3 | type.rawValue)
    }

    /// Seven bits a byte, the lowest first; the highest bit of a byte means that another one
    /// follows.
    private static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest > 0x7f {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        return bytes
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: 0, to: value.bitWidth, by: 8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

/// The type of a value after a key.
enum ProtobufWireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
}
