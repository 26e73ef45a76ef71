// SPDX-License-Identifier: Apache-2.0

extension HeaderReader {
    /// Reads a string in double quotes: valid UTF-8, escapes resolved, no bare control characters.
    mutating func readString() throws(CheckpointError) -> String {
        let start = position
        try expect("\"", "a string in double quotes")
        var text: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error(
                        .invalidText, "expected UTF-8, found other bytes in the string", at: start)
                }
                return string
            case UInt8(ascii: "\\"):
                UTF8.encode(try readEscape()).map { text.append(contentsOf: $0) }
            case ..<0x20:
                throw error(
                    .invalidText, "expected no control characters in a string, found \(found)")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error(.malformedHeader, "expected the closing quote of the string", at: start)
    }

    /// Reads `\n`, `\u00e9` or a surrogate pair such as `\ud83d\ude00`.
    private mutating func readEscape() throws(CheckpointError) -> Unicode.Scalar {
        let start = position
        position += 1
        guard let letter = next else {
            throw error(.malformedHeader, "expected an escape, found the end of the header")
        }
        position += 1
        switch UnicodeScalar(letter) {
        case "\"": return "\""
        case "\\": return "\\"
        case "/": return "/"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": return try readUnicodeEscape(from: start)
        default:
            throw error(.invalidText, "expected one of JSON's escapes, found another", at: start)
        }
    }

    private mutating func readUnicodeEscape(
        from start: Int
    ) throws(CheckpointError) -> Unicode.Scalar {
        let unit = try readHexadecimalUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        // A leading surrogate stands for a character only together with the trailing one.
        guard unit < 0xDC00, take("\\"), take("u") else {
            throw error(
                .invalidText, "expected a character, found half a surrogate pair", at: start)
        }
        let trailing = try readHexadecimalUnit()
        guard (0xDC00...0xDFFF).contains(trailing),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (trailing - 0xDC00))
        else {
            throw error(
                .invalidText, "expected a character, found half a surrogate pair", at: start)
        }
        return scalar
    }

    private mutating func readHexadecimalUnit() throws(CheckpointError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw error(.invalidText, "expected four hexadecimal digits, found \(found)")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
