// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNText

// Why not Foundation's JSON: its decoders keep one of two equal keys in silence, so that two
// programs can read two different tensors from one file; they forget the order and the place of
// what they read, so that no message could name a byte; and they accept any nesting and any extra
// field. The header needs only a small part of JSON, and that part strictly.

/// The fields of a header, before they are checked.
struct RawHeader {
    var tensors: [RawTensor] = []
    var metadata: [String: String] = [:]
}

/// One tensor as the header describes it.
struct RawTensor {
    let name: String
    /// Where in the file its description begins.
    let position: Int
    let elementType: ElementType
    let shape: [Int]
    /// Where its bytes begin and end, counted from the end of the header.
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
                    "tensor \(quoted(name)): expected each field once, found \(quoted(field)) again",
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
                "tensor \(quoted(name)): expected dtype, shape and data_offsets, found no \(absent)",
                at: start, tensor: name)
        }
        return RawTensor(
            name: name, position: Safetensors.prefixByteCount + start, elementType: elementType,
            shape: shape, begin: offsets[0], end: offsets[1])
    }
}
