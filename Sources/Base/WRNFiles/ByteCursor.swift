// SPDX-License-Identifier: Apache-2.0

/// Bytes from an untrusted source, and the name that messages give them.
package struct NamedBytes<Failure: FileFailure>: Sendable {
    /// The path of the file, followed by the entry's name for a file in an archive.
    package let name: String
    /// The bytes.
    package let bytes: ArraySlice<UInt8>

    /// Names bytes.
    package init(name: String, _ bytes: ArraySlice<UInt8>) {
        self.name = name
        self.bytes = bytes
    }

    /// Names bytes.
    package init(name: String, _ bytes: [UInt8]) {
        self.init(name: name, bytes[...])
    }

    /// The number of bytes.
    package var count: Int { bytes.count }

    /// An error about these bytes.
    package func error(_ code: FileFault.Code, at offset: Int? = nil, _ sentence: String)
        -> Failure
    {
        Failure(FileFault(code: code, file: name, byteOffset: offset, sentence: sentence))
    }
}

/// A position in untrusted bytes, which moves forward; every step checks that the bytes are there.
package struct ByteCursor<Failure: FileFailure> {
    /// The bytes, with their name.
    package let source: NamedBytes<Failure>
    /// The bytes before the position.
    package private(set) var offset = 0

    /// A cursor at the first byte.
    package init(_ source: NamedBytes<Failure>) {
        self.source = source
    }

    /// The bytes after the position.
    package var remaining: Int { source.count - offset }

    /// An error at the place where the cursor stands, or at `place`.
    package func error(_ code: FileFault.Code, at place: Int? = nil, _ sentence: String)
        -> Failure
    {
        source.error(code, at: place ?? offset, sentence)
    }

    /// The next `count` bytes; `what` names them in the message when they are not there.
    package mutating func take(_ count: Int, _ what: String) throws(Failure) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw error(
                .truncated,
                "\(what) needs \(count) bytes, but only \(remaining) are left; the file was cut off"
            )
        }
        let start = source.bytes.startIndex + offset
        offset += count
        return source.bytes[start..<start + count]
    }

    /// The next byte.
    package mutating func byte(_ what: String) throws(Failure) -> UInt8 {
        guard offset < source.count else {
            throw error(.truncated, "\(what) is missing; the file was cut off")
        }
        defer { offset += 1 }
        return source.bytes[source.bytes.startIndex + offset]
    }

    /// The next `byteCount` bytes as an unsigned number, the least significant byte first.
    package mutating func littleEndian(_ byteCount: Int, _ what: String) throws(Failure) -> UInt64 {
        try take(byteCount, what).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The next four bytes as an unsigned number, the most significant byte first.
    package mutating func bigEndian32(_ what: String) throws(Failure) -> UInt32 {
        try take(4, what).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The bytes up to the next line feed, which is passed over.
    package mutating func line(limit: Int, _ what: String) throws(Failure) -> ArraySlice<UInt8> {
        let start = source.bytes.startIndex + offset
        let window = source.bytes[start...].prefix(limit + 1)
        guard let end = window.firstIndex(of: 0x0A) else {
            guard window.count <= limit else {
                throw error(.tooLarge, "\(what) is longer than \(limit) bytes")
            }
            throw error(.truncated, "\(what) has no end of line; the file was cut off")
        }
        offset += end - start + 1
        return source.bytes[start..<end]
    }
}

/// The product of the factors, or nil when one is negative or the product of those that are not
/// zero does not fit an `Int`.
///
/// A zero hides no other factor: a tensor of the shape `[0, n, m]` has no element, yet whoever
/// computes its strides multiplies n by m. So the product of any of the factors fits, in any order.
package func checkedProduct(_ factors: [Int]) -> Int? {
    var product = 1
    var isZero = false
    for factor in factors {
        let (next, overflow) = product.multipliedReportingOverflow(by: max(factor, 1))
        guard factor >= 0, !overflow else { return nil }
        product = next
        isZero = isZero || factor == 0
    }
    return isZero ? 0 : product
}
