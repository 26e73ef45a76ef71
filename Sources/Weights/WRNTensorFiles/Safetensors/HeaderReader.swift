// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNText

// Why not Foundation's JSON: its decoders silently keep one of two equal keys, so that two programs
// can read two different tensors from one file; they do not keep the order and the place of what
// they read, so that no message could name a byte; and they accept any nesting and any extra field.
// The header needs only a small part of JSON, and that part strictly.

/// The fields of a header, before they are checked.
struct RawHeader {
    var tensors: [RawTensor] = []
    var metadata: [String: String] = [:]
}

/// One tensor as the header describes it.
struct RawTensor {
    let name: String
    /// The start of its description in the file.
    let position: Int
    let elementType: ElementType
    let shape: [Int]
    /// The start and the end of its bytes, counted from the end of the header.
    let begin: Int
    let end: Int
}

/// Reads a safetensors header: strict JSON of exactly one form, without recursion.
struct HeaderReader {
    let bytes: [UInt8]
    let file: String
    let maximumTensorCount: Int
    /// The next byte to read, counted from the start of the header.
    var position = 0

    init(bytes: [UInt8], file: String, maximumTensorCount: Int) {
        self.bytes = bytes
        self.file = file
        self.maximumTensorCount = maximumTensorCount
    }

    /// Reads the whole header, up to the spaces that may fill its end.
    mutating func readHeader() throws(CheckpointError) -> RawHeader {
        guard bytes.first == UInt8(ascii: "{") else {
            throw error(.headerStart, "expected a header that begins with {, found \(found)")
        }
        var header = RawHeader()
        var names: Set<String> = []
        try readObject { (reader, name, start) throws(CheckpointError) in
            // Swift compares strings by canonical equivalence, so that é and e + ´ count as one
            // name, as they do in a look-up of a tensor.
            guard names.insert(name).inserted else {
                throw reader.error(
                    .duplicateName, "expected each name once, found \(quoted(name)) again",
                    at: start, tensor: name)
            }
            if name == Safetensors.metadataKey {
                header.metadata = try reader.readMetadata()
            } else {
                guard header.tensors.count < reader.maximumTensorCount else {
                    throw reader.error(
                        .tooManyTensors,
                        "expected at most \(reader.maximumTensorCount) tensors, found more",
                        at: start)
                }
                header.tensors.append(try reader.readTensor(named: name, at: start))
            }
        }
        guard let rest = bytes[position...].firstIndex(where: { $0 != UInt8(ascii: " ") }) else {
            return header
        }
        position = rest
        throw error(
            .malformedHeader, "expected only spaces behind the header's closing }, found \(found)")
    }

    private mutating func readMetadata() throws(CheckpointError) -> [String: String] {
        var metadata: [String: String] = [:]
        try readObject { (reader, key, start) throws(CheckpointError) in
            guard metadata[key] == nil else {
                throw reader.error(
                    .duplicateName, "expected each metadata key once, found \(quoted(key)) again",
                    at: start)
            }
            guard reader.next == UInt8(ascii: "\"") else {
                throw reader.error(
                    .invalidMetadata,
                    "expected a string as metadata \(quoted(key)), found \(reader.found)")
            }
            metadata[key] = try reader.readString()
        }
        return metadata
    }

    private mutating func readTensor(
        named name: String, at start: Int
    ) throws(CheckpointError) -> RawTensor {
        var elementType: ElementType?
        var shape: [Int]?
        var offsets: [Int]?
        try readObject { (reader, field, fieldStart) throws(CheckpointError) in
            switch field {
            case "dtype" where elementType == nil:
                elementType = try reader.readElementType(of: name)
            case "shape" where shape == nil:
                shape = try reader.readShape(of: name)
            case "data_offsets" where offsets == nil:
                offsets = try reader.readOffsets(of: name)
            case "dtype", "shape", "data_offsets":
                throw reader.error(
                    .duplicateName,
                    "tensor \(quoted(name)): expected each field once, found \(quoted(field)) "
                        + "again",
                    at: fieldStart, tensor: name)
            default:
                throw reader.error(
                    .invalidTensorFields,
                    "tensor \(quoted(name)): expected dtype, shape and data_offsets, "
                        + "found the field \(quoted(field))",
                    at: fieldStart, tensor: name)
            }
        }
        guard let elementType, let shape, let offsets else {
            let absent =
                elementType == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
            throw error(
                .invalidTensorFields,
                "tensor \(quoted(name)): expected dtype, shape and data_offsets, found no "
                    + "\(absent)",
                at: start, tensor: name)
        }
        return RawTensor(
            name: name, position: Safetensors.prefixByteCount + start, elementType: elementType,
            shape: shape, begin: offsets[0], end: offsets[1])
    }
}

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

extension HeaderReader {
    /// Reads the value of `dtype`.
    mutating func readElementType(of tensor: String) throws(CheckpointError) -> ElementType {
        let start = position
        guard next == UInt8(ascii: "\"") else {
            throw error(
                .unknownElementType,
                "tensor \(quoted(tensor)): expected an element type in quotes, found \(found)",
                tensor: tensor)
        }
        let name = try readString()
        guard let type = ElementType(rawValue: name) else {
            let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(
                .unknownElementType,
                "tensor \(quoted(tensor)): expected one of the element types \(known), "
                    + "found \(quoted(name))",
                at: start, tensor: tensor, advice: "convert the tensor to F32 first")
        }
        return type
    }

    /// Reads the value of `shape`.
    mutating func readShape(of tensor: String) throws(CheckpointError) -> [Int] {
        var extents: [Int] = []
        try readIntegers(of: tensor, what: "extents", code: .invalidShape) {
            (reader, extent) throws(CheckpointError) in
            guard extents.count < Safetensors.maximumRank else {
                throw reader.error(
                    .rankTooLarge,
                    "tensor \(quoted(tensor)): expected at most \(Safetensors.maximumRank) "
                        + "extents, found more",
                    tensor: tensor)
            }
            extents.append(extent)
        }
        return extents
    }

    /// Reads the value of `data_offsets`: always two numbers.
    mutating func readOffsets(of tensor: String) throws(CheckpointError) -> [Int] {
        let start = position
        var offsets: [Int] = []
        try readIntegers(of: tensor, what: "offsets", code: .invalidOffsets) {
            (_, offset) throws(CheckpointError) in
            // A third offset shows the fault; further ones, of which there may be millions, are not
            // stored.
            if offsets.count < 3 { offsets.append(offset) }
        }
        guard offsets.count == 2 else {
            throw error(
                .invalidOffsets,
                "tensor \(quoted(tensor)): expected two offsets, begin and end, "
                    + "found \(offsets.count < 3 ? "\(offsets.count)" : "more")",
                at: start, tensor: tensor)
        }
        return offsets
    }

    private mutating func readIntegers(
        of tensor: String, what: String, code: CheckpointError.Code,
        _ each: (inout HeaderReader, Int) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        guard take("[") else {
            throw error(
                code, "tensor \(quoted(tensor)): expected a list of \(what), found \(found)",
                tensor: tensor)
        }
        skipSpace()
        if take("]") { return }
        while true {
            skipSpace()
            try each(&self, try readInteger(of: tensor, what: what, code: code))
            skipSpace()
            if take("]") { return }
            try expect(",", "a comma or ] in the list of \(what)")
        }
    }

    /// Reads a whole number from 0, as JSON writes it: no sign, no leading zeros, no fraction, no
    /// exponent.
    private mutating func readInteger(
        of tensor: String, what: String, code: CheckpointError.Code
    ) throws(CheckpointError) -> Int {
        let start = position
        var value = 0
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !tooLarge, !overflow else {
                throw error(
                    code == .invalidShape ? .sizeOverflow : code,
                    "tensor \(quoted(tensor)): expected \(what) of at most \(Int.max), "
                        + "found a larger number",
                    at: start, tensor: tensor)
            }
            value = sum
            position += 1
        }
        let digits = position - start
        let isWhole = next.map { !".eE".utf8.contains($0) } ?? true
        guard digits > 0, isWhole, digits == 1 || bytes[start] != UInt8(ascii: "0") else {
            if digits > 0, isWhole { position = start }
            throw error(
                code,
                "tensor \(quoted(tensor)): expected whole numbers from 0 as \(what), found "
                    + "\(found)",
                tensor: tensor)
        }
        return value
    }
}
