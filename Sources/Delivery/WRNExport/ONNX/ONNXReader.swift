// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
import WRNProtobuf
import WRNText

extension ONNXModel {
    /// The most bytes of a file: those of one message of protocol buffers.
    package static let maximumFileByteCount = Int(Int32.max)

    /// Reads the model in an open file.
    ///
    /// - Throws: ``ExportError`` when the file cannot be read, is too large, or is no such model.
    package init(_ file: OpenFile<ExportError>) throws(ExportError) {
        guard file.count <= Self.maximumFileByteCount else {
            throw ExportError(
                .tooLarge, file: file.name,
                "expected an ONNX model of at most \(Self.maximumFileByteCount) bytes, found "
                    + "\(file.count); larger ones keep their weights in a second file")
        }
        try self.init(reading: file.elements(of: UInt8.self, in: 0..<file.count), file: file.name)
    }

    /// Reads a model's bytes.
    ///
    /// Fields that networks of this package do not use are passed over; unknown operators and
    /// element types are kept as they are.
    ///
    /// - Parameter maximumPartCount: The most fields in the model: one of two bytes becomes a value
    ///   of a hundred, so that without a limit a file could fill the memory.
    /// - Throws: ``ExportError`` for bytes that are no such model.
    package init(
        reading bytes: [UInt8], file: String, maximumPartCount: Int = 4_000_000
    ) throws(ExportError) {
        var reader = ONNXReader(limit: maximumPartCount)
        do throws(ProtobufError) {
            self = try reader.model(ProtobufReader(bytes[...]))
        } catch {
            throw ExportError(
                .malformed, file: file, at: error.byteOffset,
                "\(error.sentence); this is no ONNX model, or a damaged one: take a copy that is "
                    + "whole")
        }
        guard reader.hasGraph, reader.hasVersion else {
            throw ExportError(
                .malformed, file: file,
                "expected an ONNX model with a version and a graph, found "
                    + (reader.hasVersion ? "no graph" : "no version")
                    + "; check that the file is a model")
        }
    }
}

/// Reads the messages of a model one inside the other.
private struct ONNXReader {
    var hasGraph = false
    var hasVersion = false
    private let limit: Int
    /// How many more parts there may be.
    private var budget: Int

    init(limit: Int) {
        self.limit = limit
        budget = limit
    }

    /// The most extents of a tensor.
    private static let maximumRank = 64

    private mutating func count(_ field: ProtobufField) throws(ProtobufError) {
        budget -= 1
        guard budget >= 0 else {
            throw ProtobufError(
                byteOffset: field.byteOffset,
                sentence: "expected at most \(limit) fields in a model, found more")
        }
    }

    mutating func model(_ reader: ProtobufReader) throws(ProtobufError) -> ONNXModel {
        var (reader, model) = (reader, ONNXModel())
        while let field = try reader.next() {
            try count(field)
            switch UInt64(field.number) {
            case ONNXField.Model.irVersion:
                model.irVersion = try number(field)
                hasVersion = true
            case ONNXField.Model.producerName: model.producer = try field.text()
            case ONNXField.Model.producerVersion: model.producerVersion = try field.text()
            case ONNXField.Model.graph:
                guard !hasGraph else { throw unexpected(field, "one graph", "a second one") }
                hasGraph = true
                try readGraph(field.message(), into: &model)
            case ONNXField.Model.opsetImport:
                let (domain, version) = try opset(field.message())
                model.opsets[domain] = version
            case ONNXField.Model.metadata:
                let (key, value) = try entry(field.message())
                model.metadata[key] = value
            default: break
            }
        }
        return model
    }

    private func unexpected(
        _ field: ProtobufField, _ expected: String, _ found: String
    ) -> ProtobufError {
        ProtobufError(
            byteOffset: field.byteOffset, sentence: "expected \(expected), found \(found)")
    }

    /// A number that counts or names something.
    private func number(_ field: ProtobufField) throws(ProtobufError) -> Int {
        let value = try field.integer()
        guard let number = Int(exactly: value), (0...Int(1) << 48).contains(number) else {
            throw unexpected(field, "a number from 0 to 2^48 in field \(field.number)", "\(value)")
        }
        return number
    }

    private func opset(_ reader: ProtobufReader) throws(ProtobufError) -> (String, Int) {
        var (reader, domain, version) = (reader, "", 1)
        while let field = try reader.next() {
            switch UInt64(field.number) {
            case ONNXField.Opset.domain: domain = try field.text()
            case ONNXField.Opset.version: version = try number(field)
            default: break
            }
        }
        // The usual operators have this name, too.
        return (domain == "ai.onnx" ? "" : domain, version)
    }

    private func entry(_ reader: ProtobufReader) throws(ProtobufError) -> (String, String) {
        var (reader, key, value) = (reader, "", "")
        while let field = try reader.next() {
            switch UInt64(field.number) {
            case ONNXField.Entry.key: key = try field.text()
            case ONNXField.Entry.value: value = try field.text()
            default: break
            }
        }
        return (key, value)
    }

    private mutating func readGraph(
        _ reader: ProtobufReader, into model: inout ONNXModel
    ) throws(ProtobufError) {
        var reader = reader
        while let field = try reader.next() {
            try count(field)
            switch UInt64(field.number) {
            case ONNXField.Graph.node: model.nodes.append(try node(field.message()))
            case ONNXField.Graph.name: model.name = try field.text()
            case ONNXField.Graph.initializer:
                model.initializers.append(try tensor(field.message()))
            case ONNXField.Graph.input: model.inputs.append(try value(field.message()))
            case ONNXField.Graph.output: model.outputs.append(try value(field.message()))
            default: break
            }
        }
    }

    private mutating func node(_ reader: ProtobufReader) throws(ProtobufError) -> ONNXNode {
        var reader = reader
        var node = ONNXNode(type: "", name: "", inputs: [], outputs: [])
        while let field = try reader.next() {
            try count(field)
            switch UInt64(field.number) {
            case ONNXField.Node.input: node.inputs.append(try field.text())
            case ONNXField.Node.output: node.outputs.append(try field.text())
            case ONNXField.Node.name: node.name = try field.text()
            case ONNXField.Node.type: node.type = try field.text()
            case ONNXField.Node.domain: node.domain = try field.text()
            case ONNXField.Node.attribute:
                let (name, value) = try attribute(field.message())
                node.attributes[name] = value
            default: break
            }
        }
        return node
    }

    private mutating func attribute(
        _ reader: ProtobufReader
    ) throws(ProtobufError) -> (String, ONNXAttribute) {
        var (reader, name, code) = (reader, "", 0)
        var (integer, float, text) = (Int64(0), Float(0), "")
        var (integers, floats): ([Int64], [Float]) = ([], [])
        while let field = try reader.next() {
            try count(field)
            switch UInt64(field.number) {
            case ONNXField.Attribute.name: name = try field.text()
            case ONNXField.Attribute.type: code = try number(field)
            case ONNXField.Attribute.integer: integer = try field.integer()
            case ONNXField.Attribute.float: float = try field.float()
            // A text may be any bytes; those of the attributes here are words.
            case ONNXField.Attribute.text:
                text = String(decoding: try field.bytes(), as: UTF8.self)
            case ONNXField.Attribute.integers:
                let more = try field.integers(limit: budget)
                budget -= more.count
                integers += more
            case ONNXField.Attribute.floats:
                // Packed floats are no attribute of these networks.
                if case .fixed32 = field.value { floats.append(try field.float()) }
            default: break
            }
        }
        let value: ONNXAttribute =
            switch code {
            case 1: .float(float)
            case 2: .integer(integer)
            case 3: .text(text)
            case 6: .floats(floats)
            case 7: .integers(integers)
            default: .other(code)
            }
        return (name, value)
    }

    private mutating func tensor(_ reader: ProtobufReader) throws(ProtobufError) -> ONNXTensor {
        var reader = reader
        var (name, type, extents) = ("", 0, [Int]())
        var raw: ArraySlice<UInt8>?
        var (external, isExternal, typedByteCount) = ([String: String](), false, 0)
        while let field = try reader.next() {
            try count(field)
            switch UInt64(field.number) {
            case ONNXField.Tensor.extent:
                for value in try field.integers(limit: Self.maximumRank) {
                    guard extents.count < Self.maximumRank, (0...Int64(1) << 48).contains(value)
                    else {
                        throw unexpected(
                            field, "at most \(Self.maximumRank) extents from 0 to 2^48",
                            "\(value)")
                    }
                    extents.append(Int(value))
                }
            case ONNXField.Tensor.type: type = try number(field)
            case ONNXField.Tensor.name: name = try field.text()
            case ONNXField.Tensor.raw: raw = try field.bytes()
            case ONNXField.Tensor.external:
                let (key, value) = try entry(field.message())
                external[key] = value
            case ONNXField.Tensor.location: isExternal = try number(field) == 1
            case ONNXField.Tensor.floats, ONNXField.Tensor.int32s, ONNXField.Tensor.int64s,
                ONNXField.Tensor.doubles, ONNXField.Tensor.uint64s, ONNXField.Tensor.texts:
                if case .bytes(let bytes) = field.value { typedByteCount += bytes.count }
            default: break
            }
        }
        let content: ONNXTensor.Content =
            if isExternal {
                .external(
                    location: external["location"] ?? "",
                    offset: external["offset"].flatMap { Int($0) } ?? 0,
                    byteCount: max(external["length"].flatMap { Int($0) } ?? 0, 0))
            } else if let raw { .raw(raw) } else { .typed(byteCount: typedByteCount) }
        return ONNXTensor(name: name, typeCode: type, extents: extents, content: content)
    }

    private mutating func value(_ reader: ProtobufReader) throws(ProtobufError) -> ONNXValue {
        var reader = reader
        var value = ONNXValue(name: "", typeCode: 0, shape: [])
        while let field = try reader.next() {
            switch UInt64(field.number) {
            case ONNXField.Value.name: value.name = try field.text()
            case ONNXField.Value.type:
                var type = try field.message()
                while let field = try type.next() {
                    guard field.number == Int(ONNXField.ValueType.tensor) else { continue }
                    try readTensorType(field.message(), into: &value)
                }
            default: break
            }
        }
        return value
    }

    private mutating func readTensorType(
        _ reader: ProtobufReader, into value: inout ONNXValue
    ) throws(ProtobufError) {
        var reader = reader
        while let field = try reader.next() {
            switch UInt64(field.number) {
            case ONNXField.ValueType.elementType: value.typeCode = try number(field)
            case ONNXField.ValueType.shape:
                var shape = try field.message()
                while let field = try shape.next() {
                    try count(field)
                    guard value.shape.count < Self.maximumRank else {
                        throw unexpected(field, "at most \(Self.maximumRank) extents", "more")
                    }
                    value.shape.append(try extent(field.message()))
                }
            default: break
            }
        }
    }

    private func extent(_ reader: ProtobufReader) throws(ProtobufError) -> ONNXValue.Extent {
        var (reader, extent) = (reader, ONNXValue.Extent.named(""))
        while let field = try reader.next() {
            switch UInt64(field.number) {
            case ONNXField.ValueType.fixed: extent = .fixed(try number(field))
            case ONNXField.ValueType.named: extent = .named(try field.text())
            default: break
            }
        }
        return extent
    }
}
