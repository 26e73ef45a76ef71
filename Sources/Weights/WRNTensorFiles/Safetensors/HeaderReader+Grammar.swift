// SPDX-License-Identifier: Apache-2.0

import WRNText

extension HeaderReader {
    /// The next byte, or nil at the end of the header.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// The next byte in words.
    var found: String {
        guard let next else { return "the end of the header" }
        return (0x21...0x7E).contains(next)
            ? String(UnicodeScalar(next)) : "the byte 0x" + String(next, radix: 16)
    }

    /// An error at `start`, or at the next byte when that is nil; offsets in errors count from the
    /// start of the file.
    func error(
        _ code: CheckpointError.Code, _ problem: String, at start: Int? = nil,
        tensor: String? = nil, advice: String = CheckpointError.damagedFileAdvice
    ) -> CheckpointError {
        let offset = Safetensors.prefixByteCount + (start ?? position)
        return CheckpointError(
            code, file: file, "\(problem) at byte \(offset)", advice: advice, byteOffset: offset,
            tensorName: tensor)
    }

    /// Reads an object and hands each key and where it began to `member`, which reads the value.
    mutating func readObject(
        _ member: (inout HeaderReader, String, Int) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        try expect("{", "an object in braces")
        skipSpace()
        if take("}") { return }
        while true {
            skipSpace()
            let start = position
            let key = try readString()
            skipSpace()
            try expect(":", "a colon behind the key \(quoted(key))")
            skipSpace()
            try member(&self, key, start)
            skipSpace()
            if take("}") { return }
            try expect(",", "a comma or } behind the value of \(quoted(key))")
        }
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    /// Steps over the next byte if it is this character.
    mutating func take(_ character: UnicodeScalar) -> Bool {
        guard let next, UInt32(next) == character.value else { return false }
        position += 1
        return true
    }

    mutating func expect(
        _ character: UnicodeScalar, _ what: @autoclosure () -> String
    ) throws(CheckpointError) {
        guard take(character) else {
            throw error(.malformedHeader, "expected \(what()), found \(found)")
        }
    }
}
