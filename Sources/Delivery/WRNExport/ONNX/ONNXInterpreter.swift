// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
import WRNTensorFiles

/// A slow evaluation of a model that was read from its file, operator by operator after the
/// format's specification.
///
/// It shares nothing with the engine and nothing with the code that wrote the file but the numbers
/// of fields, so that a wrong attribute, an exchanged constant or a damaged byte shows in its
/// results. Only operators that ``ONNXBuilder`` writes are there; any other is refused.
///
/// - Reference: onnx/onnx, "Operator Schemas".
package struct ONNXInterpreter {
    /// A value: numbers in row-major order.
    ///
    /// They are floats whatever the type is: the integers in use are below 2^24, or, of the biases
    /// of quantised layers, rounded as a kernel in floats rounds them.
    struct Value {
        var type: ONNXTensor.ElementType
        var extents: [Int]
        var numbers: [Float]

        var count: Int { numbers.count }
    }

    /// The most numbers of one value, against files with false sizes.
    private let maximumCount: Int
    private let threads: Int
    private let model: ONNXModel
    private let file: String
    private let constants: [String: ONNXTensor]
    /// The file of the weights that are not in the model.
    private let data: OpenFile<ExportError>?
    /// For each value, how many operations still read it.
    private let readCounts: [String: Int]

    /// An evaluation of a model with its constants.
    ///
    /// - Parameters:
    ///   - file: The file's name in messages.
    ///   - data: The file of the weights that are not in the model.
    ///   - maximumCount: The most numbers of one value.
    ///   - threads: The most threads that compute; by default as many as there are processors.
    /// - Throws: ``ExportError`` for a constant that is there twice.
    package init(
        _ model: ONNXModel, file: String, data: OpenFile<ExportError>? = nil,
        maximumCount: Int = 1 << 28, threads: Int = .max
    ) throws(ExportError) {
        self.model = model
        self.file = file
        self.maximumCount = maximumCount
        self.threads = threads
        self.data = data
        var constants: [String: ONNXTensor] = [:]
        for tensor in model.initializers {
            guard constants.updateValue(tensor, forKey: tensor.name) == nil else {
                throw ExportError(
                    .malformed, file: file, "the constant \(tensor.name) is there twice")
            }
        }
        self.constants = constants
        var counts: [String: Int] = [:]
        for node in model.nodes { for name in node.inputs { counts[name, default: 0] += 1 } }
        for output in model.outputs { counts[output.name, default: 0] += 1 }
        readCounts = counts
    }

    /// The numbers of the model's first output for those of its first input.
    ///
    /// - Parameters:
    ///   - input: The numbers in the order in which the model reads them.
    ///   - count: How many images they are.
    /// - Throws: ``ExportError`` for an operator that is not computed here, or whose inputs do not
    ///   fit, and for a constant of another size than its shape or of a type that is not read here.
    package func run(_ input: [Float], count: Int) throws(ExportError) -> [Float] {
        guard let first = model.inputs.first, let last = model.outputs.first else {
            throw error("expected an input and an output, found none")
        }
        let extents = first.shape.map { extent in
            if case .fixed(let fixed) = extent { fixed } else { count }
        }
        guard checkedProduct(extents) == input.count, !input.isEmpty else {
            throw error(
                "\(first.name): expected numbers of the shape \(extents), found \(input.count)")
        }
        guard constants[first.name] == nil else {
            throw error("\(first.name) is an input and a constant")
        }
        var values: [String: Value] = [:]
        let type = ONNXTensor.ElementType(rawValue: first.typeCode) ?? .float32
        values[first.name] = Value(type: type, extents: extents, numbers: input)
        var left = readCounts
        for node in model.nodes {
            var inputs: [Value] = []
            for name in node.inputs {
                if let value = values[name] {
                    inputs.append(value)
                } else if let constant = constants[name] {
                    inputs.append(try value(of: constant))
                } else {
                    throw error("\(node.name): expected the value \(name), found none")
                }
                left[name, default: 0] -= 1
                // What nobody reads any more leaves the memory.
                if left[name] == 0 { values[name] = nil }
            }
            let result = try ONNXOperation(
                node: node, inputs: inputs, file: file, maximumCount: maximumCount,
                threads: threads
            ).result()
            guard let name = node.outputs.first, node.outputs.count == 1, values[name] == nil,
                constants[name] == nil
            else { throw error("\(node.name): expected one result with a name of its own") }
            values[name] = result
        }
        guard let output = values[last.name] else {
            throw error("expected the output \(last.name), found no operation that gives it")
        }
        return output.numbers
    }

    private func error(_ sentence: String) -> ExportError {
        ExportError(.malformed, file: file, sentence)
    }

    // MARK: Constants

    /// The numbers of a constant, which are converted where an operation reads them, so that those
    /// of a large network are not in the memory twice.
    private func value(of tensor: ONNXTensor) throws(ExportError) -> Value {
        guard let type = tensor.type else {
            throw ExportError(
                .unsupported, file: file,
                "\(tensor.name): constants of the element type \(tensor.typeCode) are not read here"
            )
        }
        let bytes: ArraySlice<UInt8>
        switch tensor.content {
        case .raw(let raw): bytes = raw
        case .external(_, let offset, let count):
            guard let data else {
                throw ExportError(
                    .cannotRead, file: file, "\(tensor.name) is in a second file, which is not open"
                )
            }
            bytes = try data.bytes(at: offset, count, tensor.name)[...]
        case .new, .typed:
            throw ExportError(
                .unsupported, file: file,
                "\(tensor.name): constants are read here where they are raw bytes")
        }
        guard tensor.extents.allSatisfy({ $0 > 0 }), let count = checkedProduct(tensor.extents),
            let size = checkedProduct([count, type.byteCount]), size == bytes.count
        else {
            throw ExportError(
                .malformed, file: file,
                "\(tensor.name): expected the bytes of \(type) in the shape \(tensor.extents), "
                    + "found \(bytes.count) bytes")
        }
        return Value(type: type, extents: tensor.extents, numbers: Self.numbers(bytes, type))
    }

    private static func numbers(
        _ bytes: ArraySlice<UInt8>, _ type: ONNXTensor.ElementType
    ) -> [Float] {
        func integers<Integer: FixedWidthInteger & BitwiseCopyable>(
            _: Integer.Type, _ float: (Integer) -> Float
        ) -> [Float] {
            bytes.withUnsafeBytes { buffer in
                stride(from: 0, to: buffer.count, by: MemoryLayout<Integer>.size).map {
                    float(
                        Integer(
                            littleEndian: buffer.loadUnaligned(fromByteOffset: $0, as: Integer.self)
                        ))
                }
            }
        }
        return switch type {
        case .float32: integers(UInt32.self) { Float(bitPattern: $0) }
        case .float16: integers(UInt16.self) { Float(float16BitPattern: $0) }
        case .uint8: integers(UInt8.self) { Float($0) }
        case .int8: integers(Int8.self) { Float($0) }
        case .int32: integers(Int32.self) { Float($0) }
        case .int64: integers(Int64.self) { Float($0) }
        }
    }
}
