// SPDX-License-Identifier: Apache-2.0

package import WRNProtobuf

/// A model in the Open Neural Network Exchange format: the part of it that networks of this package
/// need.
///
/// - Reference: onnx/onnx, `onnx.proto` and "Open Neural Network Exchange Intermediate
///   Representation Specification".
package struct ONNXModel: Sendable {
    /// The version of the format.
    package var irVersion = 8
    /// The program that wrote it, and its version.
    package var producer = ""
    package var producerVersion = ""
    /// The versions of the operators, by their domains; the usual domain is empty.
    package var opsets: [String: Int] = [:]
    /// Facts about the model.
    package var metadata: [String: String] = [:]
    /// The name of the graph.
    package var name = ""
    /// The operations, in an order in which they can be computed.
    package var nodes: [ONNXNode] = []
    /// The constants.
    package var initializers: [ONNXTensor] = []
    /// What goes in.
    package var inputs: [ONNXValue] = []
    /// What comes out.
    package var outputs: [ONNXValue] = []
}

/// An operation of an ``ONNXModel``.
package struct ONNXNode: Sendable {
    /// The operator, for example `Conv`.
    package var type: String
    package var name: String
    /// The set of operators that it is from; empty for the usual one.
    package var domain = ""
    /// The names of the values that it reads; empty where an optional one is left out.
    package var inputs: [String]
    /// The names of its results.
    package var outputs: [String]
    package var attributes: [String: ONNXAttribute] = [:]
}

/// A constant argument of an operation.
package enum ONNXAttribute: Hashable, Sendable {
    case integer(Int64)
    case float(Float)
    case text(String)
    case integers([Int64])
    case floats([Float])
    /// A kind that networks of this package do not use, by its number.
    case other(Int)
}

/// A constant of an ``ONNXModel``.
package struct ONNXTensor: Sendable {
    /// What its numbers are, by the format's codes.
    package enum ElementType: Int, Hashable, Sendable {
        case float32 = 1
        case uint8 = 2
        case int8 = 3
        case int32 = 6
        case int64 = 7
        case float16 = 10

        /// The bytes of one number.
        package var byteCount: Int {
            switch self {
            case .uint8, .int8: 1
            case .float16: 2
            case .float32, .int32: 4
            case .int64: 8
            }
        }
    }

    /// Where its numbers are.
    package enum Content: Sendable {
        /// In the model, about to be written.
        case new(ProtobufMessage.Piece)
        /// In the model that was read, as little-endian bytes.
        case raw(ArraySlice<UInt8>)
        /// In another file of the same directory.
        case external(location: String, offset: Int, byteCount: Int)
        /// In the model in another form, of so many bytes.
        case typed(byteCount: Int)
    }

    package var name: String
    /// The code of the element type, which may be one that is not used here.
    package var typeCode: Int
    package var extents: [Int]
    package var content: Content

    /// The element type; nil for one that networks of this package do not use.
    package var type: ElementType? { ElementType(rawValue: typeCode) }

    /// The bytes of its numbers, wherever they are.
    package var byteCount: Int {
        switch content {
        case .new(let piece): piece.byteCount
        case .raw(let bytes): bytes.count
        case .external(_, _, let count), .typed(let count): count
        }
    }

    package init(name: String, typeCode: Int, extents: [Int], content: Content) {
        self.name = name
        self.typeCode = typeCode
        self.extents = extents
        self.content = content
    }

    /// A constant that is about to be written.
    package init(
        _ name: String, _ type: ElementType, _ extents: [Int], _ piece: ProtobufMessage.Piece
    ) {
        self.init(name: name, typeCode: type.rawValue, extents: extents, content: .new(piece))
    }
}

/// An input or output of an ``ONNXModel``.
package struct ONNXValue: Hashable, Sendable {
    /// An extent of its shape.
    package enum Extent: Hashable, Sendable, CustomStringConvertible {
        case fixed(Int)
        /// One that each call may choose.
        case named(String)

        package var description: String {
            switch self {
            case .fixed(let count): "\(count)"
            case .named(let name): name.isEmpty ? "?" : name
            }
        }
    }

    package var name: String
    /// The code of the element type; 0 for a value that is no tensor.
    package var typeCode: Int
    package var shape: [Extent]
}

// MARK: Numbers of fields

/// The numbers of the fields in `onnx.proto`, message by message.
enum ONNXField {
    enum Model {
        static let irVersion: UInt64 = 1
        static let producerName: UInt64 = 2
        static let producerVersion: UInt64 = 3
        static let graph: UInt64 = 7
        static let opsetImport: UInt64 = 8
        static let metadata: UInt64 = 14
    }
    enum Opset {
        static let domain: UInt64 = 1
        static let version: UInt64 = 2
    }
    /// An entry of the metadata and of the description of external data.
    enum Entry {
        static let key: UInt64 = 1
        static let value: UInt64 = 2
    }
    enum Graph {
        static let node: UInt64 = 1
        static let name: UInt64 = 2
        static let initializer: UInt64 = 5
        static let input: UInt64 = 11
        static let output: UInt64 = 12
    }
    enum Node {
        static let input: UInt64 = 1
        static let output: UInt64 = 2
        static let name: UInt64 = 3
        static let type: UInt64 = 4
        static let attribute: UInt64 = 5
        static let domain: UInt64 = 7
    }
    enum Attribute {
        static let name: UInt64 = 1
        static let float: UInt64 = 2
        static let integer: UInt64 = 3
        static let text: UInt64 = 4
        static let floats: UInt64 = 7
        static let integers: UInt64 = 8
        static let type: UInt64 = 20
    }
    enum Tensor {
        static let extent: UInt64 = 1
        static let type: UInt64 = 2
        static let floats: UInt64 = 4
        static let int32s: UInt64 = 5
        static let texts: UInt64 = 6
        static let int64s: UInt64 = 7
        static let name: UInt64 = 8
        static let raw: UInt64 = 9
        static let doubles: UInt64 = 10
        static let uint64s: UInt64 = 11
        static let external: UInt64 = 13
        static let location: UInt64 = 14
    }
    enum Value {
        static let name: UInt64 = 1
        static let type: UInt64 = 2
    }
    enum ValueType {
        static let tensor: UInt64 = 1
        static let elementType: UInt64 = 1
        static let shape: UInt64 = 2
        static let extent: UInt64 = 1
        static let fixed: UInt64 = 1
        static let named: UInt64 = 2
    }
}

// MARK: Writing

extension ONNXModel {
    /// The bytes of the model's file, in pieces; equal models give equal bytes.
    package func message() -> ProtobufMessage {
        var graph = ProtobufMessage()
        for node in nodes { graph.append(node.message(), field: ONNXField.Graph.node) }
        graph.append(name, field: ONNXField.Graph.name)
        for tensor in initializers {
            graph.append(tensor.message(), field: ONNXField.Graph.initializer)
        }
        for input in inputs { graph.append(input.message(), field: ONNXField.Graph.input) }
        for output in outputs { graph.append(output.message(), field: ONNXField.Graph.output) }
        var model = ProtobufMessage()
        model.append(present: Int64(irVersion), field: ONNXField.Model.irVersion)
        model.append(producer, field: ONNXField.Model.producerName)
        model.append(producerVersion, field: ONNXField.Model.producerVersion)
        model.append(graph, field: ONNXField.Model.graph)
        for (domain, version) in opsets.sorted(by: { $0.key < $1.key }) {
            var opset = ProtobufMessage()
            opset.append(domain, field: ONNXField.Opset.domain)
            opset.append(present: Int64(version), field: ONNXField.Opset.version)
            model.append(opset, field: ONNXField.Model.opsetImport)
        }
        for entry in Self.entries(metadata) { model.append(entry, field: ONNXField.Model.metadata) }
        return model
    }

    /// Pairs of texts in the order of their keys.
    fileprivate static func entries(_ texts: [String: String]) -> [ProtobufMessage] {
        texts.sorted { $0.key < $1.key }.map { key, value in
            var entry = ProtobufMessage()
            entry.append(key, field: ONNXField.Entry.key)
            entry.append(value, field: ONNXField.Entry.value)
            return entry
        }
    }
}

extension ONNXNode {
    fileprivate func message() -> ProtobufMessage {
        var node = ProtobufMessage()
        for input in inputs { node.append(input, field: ONNXField.Node.input) }
        for output in outputs { node.append(output, field: ONNXField.Node.output) }
        node.append(name, field: ONNXField.Node.name)
        node.append(type, field: ONNXField.Node.type)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            node.append(value.message(name), field: ONNXField.Node.attribute)
        }
        if !domain.isEmpty { node.append(domain, field: ONNXField.Node.domain) }
        return node
    }
}

extension ONNXAttribute {
    /// The format's code of the kind.
    private var code: Int64 {
        switch self {
        case .float: 1
        case .integer: 2
        case .text: 3
        case .floats: 6
        case .integers: 7
        case .other(let code): Int64(code)
        }
    }

    fileprivate func message(_ name: String) -> ProtobufMessage {
        var attribute = ProtobufMessage()
        attribute.append(name, field: ONNXField.Attribute.name)
        switch self {
        case .float(let value): attribute.append(present: value, field: ONNXField.Attribute.float)
        case .integer(let value):
            attribute.append(present: value, field: ONNXField.Attribute.integer)
        case .text(let value): attribute.append(value, field: ONNXField.Attribute.text)
        case .floats(let values):
            for value in values {
                attribute.append(present: value, field: ONNXField.Attribute.floats)
            }
        case .integers(let values):
            for value in values {
                attribute.append(present: value, field: ONNXField.Attribute.integers)
            }
        case .other: break
        }
        attribute.append(present: code, field: ONNXField.Attribute.type)
        return attribute
    }
}

extension ONNXTensor {
    fileprivate func message() -> ProtobufMessage {
        var tensor = ProtobufMessage()
        for extent in extents {
            tensor.append(present: Int64(extent), field: ONNXField.Tensor.extent)
        }
        tensor.append(present: Int64(typeCode), field: ONNXField.Tensor.type)
        tensor.append(name, field: ONNXField.Tensor.name)
        switch content {
        case .new(let piece): tensor.append(piece, field: ONNXField.Tensor.raw)
        case .raw(let bytes): tensor.append(.bytes(Array(bytes)), field: ONNXField.Tensor.raw)
        case .external(let location, let offset, let byteCount):
            let facts = ["location": location, "offset": "\(offset)", "length": "\(byteCount)"]
            for entry in ONNXModel.entries(facts) {
                tensor.append(entry, field: ONNXField.Tensor.external)
            }
            tensor.append(present: Int64(1), field: ONNXField.Tensor.location)
        case .typed: break
        }
        return tensor
    }
}

extension ONNXValue {
    fileprivate func message() -> ProtobufMessage {
        var shape = ProtobufMessage()
        for extent in self.shape {
            var message = ProtobufMessage()
            switch extent {
            case .fixed(let count):
                message.append(present: Int64(count), field: ONNXField.ValueType.fixed)
            case .named(let name): message.append(name, field: ONNXField.ValueType.named)
            }
            shape.append(message, field: ONNXField.ValueType.extent)
        }
        var tensor = ProtobufMessage()
        tensor.append(present: Int64(typeCode), field: ONNXField.ValueType.elementType)
        tensor.append(shape, field: ONNXField.ValueType.shape)
        var type = ProtobufMessage()
        type.append(tensor, field: ONNXField.ValueType.tensor)
        var value = ProtobufMessage()
        value.append(name, field: ONNXField.Value.name)
        value.append(type, field: ONNXField.Value.type)
        return value
    }
}
