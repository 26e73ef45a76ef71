// SPDX-License-Identifier: Apache-2.0

import WRNFiles

extension PickleReader {
    /// A length or an index of `byteCount` bytes.
    mutating func length(_ byteCount: Int) throws(Failure) -> Int {
        let number = try cursor.littleEndian(byteCount, "a length")
        guard let length = Int(exactly: number) else {
            throw error(.malformed, "the length \(number) is out of range")
        }
        return length
    }

    mutating func pushBytes(lengthByteCount: Int) throws(Failure) {
        let count = try length(lengthByteCount)
        try push(.string(cursor.take(count, "a string")))
    }

    /// `_codecs.encode(text, 'latin1')`: how Python 3 writes bytes in protocols that had none.
    package mutating func encodeLatin1(
        _ arguments: [PickleValue]
    ) throws(Failure) -> ArraySlice<UInt8> {
        guard arguments.count == 2, let text = string(arguments[0]),
            let codec = string(arguments[1]),
            ["latin1", "latin-1", "iso-8859-1"].contains(where: { codec.elementsEqual($0.utf8) })
        else {
            throw error(.unsupported, "the pickle encodes a text in another way than as Latin-1")
        }
        encodableByteCount -= text.count
        guard encodableByteCount >= 0 else {
            throw error(.tooLarge, "the pickle encodes the same text again and again")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            if byte < 0x80 {
                bytes.append(byte)
            } else if byte & 0xFE == 0xC2, let next = rest.popFirst(), next & 0xC0 == 0x80 {
                bytes.append(byte << 6 | next & 0x3F)
            } else {
                throw error(.malformed, "a text to be encoded as Latin-1 has other characters")
            }
        }
        return bytes[...]
    }

    /// A memo index of the text protocol.
    mutating func textIndex() throws(Failure) -> Int {
        let digits = try text("a memo index")
        guard let index = Int(digits), index >= 0 else {
            throw error(.malformed, "the memo index '\(digits)' is not a number in range")
        }
        return index
    }

    mutating func pushTextInteger(allowsBool: Bool) throws(Failure) {
        var digits = try text("an integer")
        // Protocol 0 writes the booleans as integers with a leading zero.
        if allowsBool, digits == "00" || digits == "01" {
            try push(.bool(digits == "01"))
            return
        }
        if digits.hasSuffix("L") { digits.removeLast() }
        guard let number = Int(digits) else {
            if Vocabulary.allowsOpaqueValues, Self.isInteger(digits) {
                return try push(.opaque("integer beyond 64 bits"))
            }
            throw error(.malformed, "'\(digits)' is not an integer of 64 bits")
        }
        try push(.int(number))
    }

    private static func isInteger(_ digits: String) -> Bool {
        let digits = digits.hasPrefix("-") ? digits.dropFirst() : digits[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    mutating func pushTextFloat() throws(Failure) {
        let digits = try text("a float")
        guard let number = Double(digits) else {
            throw error(.malformed, "'\(digits)' is not a float")
        }
        try push(.float(number))
    }

    mutating func pushLong(byteCount: Int) throws(Failure) {
        let bytes = try cursor.take(byteCount, "an integer")
        guard bytes.count <= 8 else {
            if Vocabulary.allowsOpaqueValues { return try push(.opaque("integer beyond 64 bits")) }
            throw error(.unsupported, "an integer of \(bytes.count) bytes; at most 8 are read")
        }
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        let fill: UInt64 = isNegative ? .max : 0
        let bits = bytes.reversed().reduce(fill) { $0 << 8 | UInt64($1) }
        try push(.int(Int(truncatingIfNeeded: Int64(bitPattern: bits))))
    }

    /// A Unicode text of the text protocol; the data sets have only plain ASCII there.
    mutating func pushPlainText() throws(Failure) {
        let line = try cursor.line(limit: Self.maximumLineByteCount, "a text")
        guard line.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) else {
            throw error(.unsupported, "a text of protocol 0 with characters beyond plain ASCII")
        }
        try push(.string(line))
    }

    /// A string of the text protocol: quoted, with Python's escapes.
    mutating func pushQuotedString() throws(Failure) {
        let line = try cursor.line(limit: Self.maximumLineByteCount, "a string")
        guard line.count >= 2, let quote = line.first, quote == line.last,
            quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
        else { throw error(.malformed, "a string of the text protocol is not in quotes") }
        var rest = line.dropFirst().dropLast()
        guard rest.contains(UInt8(ascii: "\\")) else {
            try push(.string(rest))
            return
        }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            bytes.append(byte == UInt8(ascii: "\\") ? try unescape(&rest) : byte)
        }
        try push(.string(bytes[...]))
    }

    private func unescape(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> UInt8 {
        switch rest.popFirst() {
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "'"): return UInt8(ascii: "'")
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "x"):
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let byte = UInt8(digits, radix: 16) else { break }
            rest = rest.dropFirst(2)
            return byte
        default: break
        }
        throw error(.malformed, "a string of the text protocol has an escape that is not known")
    }

    private mutating func text(_ what: String) throws(Failure) -> String {
        // No number needs more digits; a longer line is an attack on the conversion.
        String(decoding: try cursor.line(limit: 64, what), as: UTF8.self)
    }
}
