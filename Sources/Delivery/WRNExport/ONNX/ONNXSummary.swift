// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// A summary of an ONNX model: versions, inputs, outputs, operators and weights.
package struct ONNXSummary: Encodable, Sendable {
    /// An input or output.
    package struct Value: Encodable, Sendable {
        package let name: String
        package let type: String
        /// The extents; texts are names that stand for any number.
        package let shape: [String]
    }

    /// An operator, and how often it is there.
    package struct Operator: Encodable, Sendable {
        package let name: String
        package let count: Int
    }

    /// The constants of one element type.
    package struct Weights: Encodable, Sendable {
        package let type: String
        package let tensors: Int
        package let elements: Int
        package let byteCount: Int
    }

    /// The file, and `ONNX`.
    package let file: String
    package let format: String
    /// The program that wrote it, with its version.
    package let producer: String
    package let irVersion: Int
    /// The versions of the operators, by their domains; the usual domain is `ai.onnx`.
    package let opsets: [String: Int]
    /// The graph's name.
    package let graph: String
    package let inputs: [Value]
    package let outputs: [Value]
    /// The number of operations.
    package let operations: Int
    /// The operators, the most frequent first.
    package let operators: [Operator]
    /// The constants by their element types, the largest part first.
    package let weights: [Weights]
    /// Other files in which constants are.
    package let externalFiles: [String]
    /// The metadata.
    package let metadata: [String: String]

    /// Reads a model's file; the weights of a second file are not opened.
    ///
    /// - Throws: ``ExportError`` when the file cannot be read or is no such model.
    package init(contentsOf path: String) throws(ExportError) {
        try self.init(ONNXModel(OpenFile(path)), file: path)
    }

    /// Summarises a model.
    init(_ model: ONNXModel, file: String) {
        self.file = file
        format = ExportFormat.onnx.title
        producer = [model.producer, model.producerVersion].filter { !$0.isEmpty }
            .joined(separator: " ")
        irVersion = model.irVersion
        var opsets: [String: Int] = [:]
        for (domain, version) in model.opsets {
            opsets[domain.isEmpty ? "ai.onnx" : domain] = version
        }
        self.opsets = opsets
        graph = model.name
        // Older files list constants among the inputs, too.
        let constants = Set(model.initializers.map(\.name))
        inputs = model.inputs.filter { !constants.contains($0.name) }.map(Value.init)
        outputs = model.outputs.map(Value.init)
        operations = model.nodes.count
        var counts: [String: Int] = [:]
        for node in model.nodes {
            counts[(node.domain.isEmpty ? "" : node.domain + ".") + node.type, default: 0] += 1
        }
        operators = counts.map { Operator(name: $0.key, count: $0.value) }.sorted {
            ($1.count, $0.name) < ($0.count, $1.name)
        }
        weights = Dictionary(grouping: model.initializers, by: \.typeCode).map { code, tensors in
            Weights(
                type: ONNXTensor.typeName(code), tensors: tensors.count,
                elements: Self.sum(tensors.map { checkedProduct($0.extents) ?? 0 }),
                byteCount: Self.sum(tensors.map(\.byteCount)))
        }.sorted { ($1.byteCount, $0.type) < ($0.byteCount, $1.type) }
        externalFiles = Set(
            model.initializers.compactMap { tensor in
                if case .external(let location, _, _) = tensor.content { location } else { nil }
            }
        ).sorted()
        metadata = model.metadata
    }

    /// A sum of numbers that a file claims, which may be of any size.
    private static func sum(_ numbers: [Int]) -> Int {
        numbers.reduce(0) { sum, number in
            let (result, overflows) = sum.addingReportingOverflow(number)
            return overflows ? .max : result
        }
    }
}

extension ONNXSummary.Value {
    fileprivate init(_ value: ONNXValue) {
        name = value.name
        type = ONNXTensor.typeName(value.typeCode)
        shape = value.shape.map(\.description)
    }
}

extension ONNXTensor {
    /// The name of an element type by the format's code.
    static func typeName(_ code: Int) -> String {
        let names = [
            "", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "text", "bool",
            "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16",
        ]
        return names.indices.contains(code) && code > 0 ? names[code] : "type \(code)"
    }
}
