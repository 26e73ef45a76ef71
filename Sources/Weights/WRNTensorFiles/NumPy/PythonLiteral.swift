// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFiles

/// Reads the dictionary in a header of NumPy's: text, `True` or `False`, and tuples of whole
/// numbers.
struct PythonLiteral {
    /// The dictionary's values.
    struct Fields {
        var descr = ""
        var isColumnMajor = false
        var extents: [Int] = []
    }

    let bytes: ArraySlice<UInt8>
    /// The start of the text in the source.
    let base: Int
    let source: NamedBytes<CheckpointError>
    private var position: Int

    init(bytes: ArraySlice<UInt8>, base: Int, source: NamedBytes<CheckpointError>) {
        self.bytes = bytes
        self.base = base
        self.source = source
        position = bytes.startIndex
    }

    /// Reads the whole text: the dictionary, then only spaces and a line feed.
    mutating func readHeader() throws(CheckpointError) -> Fields {
        var fields = Fields()
        var keys: Set<String> = []
        try expect("{")
        while !take("}") {
            let key = try readText()
            guard keys.insert(key).inserted else { throw error("each key once") }
            try expect(":")
            switch key {
            case "descr": fields.descr = try readText()
            case "fortran_order": fields.isColumnMajor = try readFlag()
            case "shape": fields.extents = try readExtents()
            default: throw error("the keys descr, fortran_order and shape")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == bytes.endIndex, keys.count == 3 else {
            throw error("a dictionary of descr, fortran_order and shape, and nothing behind it")
        }
        return fields
    }

    private mutating func readText() throws(CheckpointError) -> String {
        skipSpace()
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw error("text in quotes")
        }
        let rest = bytes[(position + 1)...]
        guard let end = rest.firstIndex(of: quote), end - position <= 64 else {
            throw error("text of at most 64 bytes in quotes")
        }
        let text = rest[..<end]
        guard text.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw error("text in plain ASCII")
        }
        position = end + 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func readFlag() throws(CheckpointError) -> Bool {
        for (word, flag) in [("True", true), ("False", false)] {
            skipSpace()
            if bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return flag
            }
        }
        throw error("True or False")
    }

    private mutating func readExtents() throws(CheckpointError) -> [Int] {
        var extents: [Int] = []
        try expect("(")
        while !take(")") {
            guard extents.count < Safetensors.maximumRank else {
                throw error("at most \(Safetensors.maximumRank) extents")
            }
            extents.append(try readNumber())
            if !take(",") {
                try expect(")")
                break
            }
        }
        return extents
    }

    private mutating func readNumber() throws(CheckpointError) -> Int {
        skipSpace()
        let digits = bytes[position...].prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else {
            throw error("a whole number of at most \(Int.max)")
        }
        position += digits.count
        return number
    }

    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let next, next == 0x20 || next == 0x0A { position += 1 }
    }

    private mutating func take(_ character: UnicodeScalar) -> Bool {
        skipSpace()
        guard let next, UInt32(next) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: UnicodeScalar) throws(CheckpointError) {
        guard take(character) else { throw error("'\(character)'") }
    }

    private func error(_ expected: String) -> CheckpointError {
        source.error(
            .malformed, at: base + position - bytes.startIndex,
            "the header of the array: expected \(expected)")
    }
}
