// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A reader of a JSON text (RFC 8259) from a client, value after value.
///
/// Foundation's decoder builds a table of all values first, many times as large as the text; this
/// one takes no memory but that of the values that are read.
struct JSONReader {
    /// The most lists and objects within one another.
    static let depthLimit = 16

    private let bytes: [UInt8]
    private let end: Int
    private var place = 0
    /// The members and elements around the place, for errors.
    private var path: [Step] = []

    private enum Step {
        case member(String)
        case element(Int)
    }

    /// Reads the first bytes.
    init(_ bytes: [UInt8], count: Int) {
        self.bytes = bytes
        end = min(count, bytes.count)
    }

    /// The kinds of values, by their first byte.
    enum Kind { case object, array, string, number, other }

    /// The kind of the next value.
    mutating func kind() -> Kind {
        skipSpace()
        guard place < end else { return .other }
        return switch bytes[place] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        default: .other
        }
    }

    /// The refusal of the text at the place.
    func refusal(_ expected: String) -> Refusal {
        let names = path.reduce("") { names, step in
            switch step {
            case .member(let name): names.isEmpty ? name : "\(names).\(name)"
            case .element(let index): "\(names)[\(index)]"
            }
        }
        return .invalid(
            "the request is not the JSON of an inference: "
                + (names.isEmpty ? "" : "\(names.prefix(200)): ")
                + "expected \(expected) at byte \(place)")
    }

    // MARK: Lists and objects

    /// Reads an object, whose members `member` reads.
    mutating func object(
        _ member: (inout JSONReader, _ name: String) throws(Refusal) -> Void
    ) throws(Refusal) {
        try within("{", "}", "an object") { reader throws(Refusal) in
            guard reader.kind() == .string else { throw reader.refusal("the name of a member") }
            let name = try reader.string()
            try reader.take(":")
            reader.path.append(.member(String(name.prefix(40))))
            try member(&reader, name)
            reader.path.removeLast()
        }
    }

    /// Reads a list, whose elements `element` reads.
    mutating func array(
        _ element: (inout JSONReader) throws(Refusal) -> Void
    ) throws(Refusal) {
        var index = 0
        try within("[", "]", "a list") { reader throws(Refusal) in
            reader.path.append(.element(index))
            try element(&reader)
            reader.path.removeLast()
            index += 1
        }
    }

    private mutating func within(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ kind: String,
        _ part: (inout JSONReader) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard isNext(opening) else { throw refusal(kind) }
        guard path.count < Self.depthLimit else {
            throw refusal("at most \(Self.depthLimit) lists and objects within one another")
        }
        place += 1
        if isNext(closing) {
            place += 1
            return
        }
        while true {
            try part(&self)
            if isNext(closing) { break }
            try take(",")
        }
        place += 1
    }

    /// Reads any value and leaves it out.
    mutating func skip() throws(Refusal) {
        switch kind() {
        case .object: try object { reader, _ throws(Refusal) in try reader.skip() }
        case .array: try array { reader throws(Refusal) in try reader.skip() }
        case .string: _ = try stringBytes()
        case .number: _ = try number()
        case .other:
            for word in ["true", "false", "null"] where take(word: word) { return }
            throw refusal("a value")
        }
    }

    /// Checks that nothing follows.
    mutating func finish() throws(Refusal) {
        skipSpace()
        guard place == end else { throw refusal("the end") }
    }

    // MARK: Values

    /// Reads `null` where it is next; whether it was.
    mutating func null() -> Bool {
        skipSpace()
        return take(word: "null")
    }

    /// Reads `true` or `false`.
    mutating func boolean() throws(Refusal) -> Bool {
        skipSpace()
        if take(word: "true") { return true }
        if take(word: "false") { return false }
        throw refusal("true or false")
    }

    /// Reads a number without a fraction.
    mutating func integer() throws(Refusal) -> Int {
        guard kind() == .number else { throw refusal("a whole number") }
        let start = place
        let value = try number()
        guard let whole = Int(exactly: value), abs(value) < 1e15 else {
            place = start
            throw refusal("a whole number of at most 15 digits")
        }
        return whole
    }

    /// Reads a number, rounded as the standard library rounds it.
    mutating func number() throws(Refusal) -> Double {
        guard kind() == .number else { throw refusal("a number") }
        let start = place
        let isNegative = bytes[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        var (mantissa, digitCount, exponent): (UInt64, Int, Int) = (0, 0, 0)
        let first = place
        readDigits(&mantissa, &digitCount)
        guard place > first, place == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            throw refusal("a number without leading zeros")
        }
        if place < end, bytes[place] == UInt8(ascii: ".") {
            place += 1
            let fraction = place
            readDigits(&mantissa, &digitCount)
            guard place > fraction else { throw refusal("digits after the point") }
            exponent = fraction - place
        }
        if place < end, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            var isSmall = false
            if place < end, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[place]) {
                isSmall = bytes[place] == UInt8(ascii: "-")
                place += 1
            }
            var (power, count): (UInt64, Int) = (0, 0)
            let digits = place
            readDigits(&power, &count)
            guard place > digits, count <= 9 else { throw refusal("an exponent of 1 to 9 digits") }
            exponent += isSmall ? -Int(power) : Int(power)
        }
        // Both factors are exact, so that the product is rounded once.
        if digitCount <= 15, (-22...22).contains(exponent) {
            let value = Double(mantissa)
            let power = Self.powers[abs(exponent)]
            let magnitude = exponent < 0 ? value / power : value * power
            return isNegative ? -magnitude : magnitude
        }
        guard place - start <= 1000,
            let value = Double(String(decoding: bytes[start..<place], as: UTF8.self)),
            value.isFinite
        else {
            place = start
            throw refusal("a number of the range of float64")
        }
        return value
    }

    private static let powers = (0...22).map { Double("1e\($0)") ?? .nan }

    /// Reads digits; those after the 19th are counted only.
    private mutating func readDigits(_ value: inout UInt64, _ count: inout Int) {
        while place < end {
            let digit = bytes[place] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            if count < 19 { value = 10 * value + UInt64(digit) }
            // Leading zeros are no digits of the number.
            if count > 0 || digit > 0 { count += 1 }
            place += 1
        }
    }

    /// Reads a text.
    mutating func string() throws(Refusal) -> String {
        guard let text = String(validating: try stringBytes(), as: UTF8.self) else {
            throw refusal("a text in UTF-8")
        }
        return text
    }

    /// Reads a text as its bytes.
    mutating func stringBytes() throws(Refusal) -> [UInt8] {
        guard kind() == .string else { throw refusal("a text") }
        place += 1
        var text: [UInt8] = []
        while true {
            let start = place
            while place < end, bytes[place] >= 0x20, bytes[place] != UInt8(ascii: "\""),
                bytes[place] != UInt8(ascii: "\\")
            {
                place += 1
            }
            text += bytes[start..<place]
            guard place < end, bytes[place] >= 0x20 else { throw refusal("the end of the text") }
            place += 1
            if bytes[place - 1] == UInt8(ascii: "\"") { return text }
            text += try escaped()
        }
    }

    /// Reads what follows a backslash.
    private mutating func escaped() throws(Refusal) -> [UInt8] {
        guard place < end else { throw refusal("the end of the text") }
        let letter = bytes[place]
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            var unit = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(unit) {
                guard place + 1 < end, bytes[place] == UInt8(ascii: "\\"),
                    bytes[place + 1] == UInt8(ascii: "u")
                else { throw refusal("the second half of a character") }
                place += 2
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else {
                    throw refusal("the second half of a character")
                }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw refusal("a character") }
            return Array(String(Character(scalar)).utf8)
        default: throw refusal("one of the letters after a backslash")
        }
    }

    private mutating func hexadecimal() throws(Refusal) -> UInt16 {
        guard place + 4 <= end,
            bytes[place..<place + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
        else { throw refusal("4 hexadecimal digits") }
        place += 4
        return unit
    }

    // MARK: Marks

    private mutating func skipSpace() {
        while place < end, case let byte = bytes[place],
            byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        {
            place += 1
        }
    }

    private mutating func isNext(_ mark: Unicode.Scalar) -> Bool {
        skipSpace()
        return place < end && bytes[place] == UInt8(ascii: mark)
    }

    private mutating func take(_ mark: Unicode.Scalar) throws(Refusal) {
        guard isNext(mark) else { throw refusal("\"\(mark)\"") }
        place += 1
    }

    private mutating func take(word: String) -> Bool {
        guard bytes[place..<end].starts(with: word.utf8) else { return false }
        place += word.utf8.count
        return true
    }
}
