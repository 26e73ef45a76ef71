// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensorFiles

/// The evaluation of one operation with the values that are there.
struct MILEvaluation {
    typealias Value = MILInterpreter.Value

    let operation: MILOperation
    let values: [String: Value]
    let constants: [String: MILValue]
    let weights: WeightBlobFile?
    let file: String
    let maximumCount: Int
    /// The most threads that compute a convolution.
    let threads: Int

    /// The result, of the declared type and extents.
    func result() throws(ExportError) -> Value {
        switch operation.type {
        case "conv": try checked(convolution())
        case "batch_norm": try checked(normalization())
        case "relu": try checked(apply("Relu", [numbers("x")], reading: ["x"]))
        case "leaky_relu":
            try checked(
                apply(
                    "LeakyRelu", [numbers("x")], ["alpha": .float(number("alpha"))],
                    reading: ["x", "alpha"]))
        case "silu":
            try checked(
                apply(
                    "Mul", [numbers("x"), apply("Sigmoid", [numbers("x")], reading: ["x"])],
                    reading: ["x"]))
        case "add": try checked(elementwise("Add"))
        case "sub": try checked(elementwise("Sub"))
        case "mul": try checked(elementwise("Mul"))
        case "real_div": try checked(elementwise("Div"))
        case "max_pool": try checked(maxPooling())
        case "slice_by_index": try checked(slice())
        case "pad": try checked(padding())
        case "reduce_mean": try checked(mean())
        case "reshape": try checked(reshape())
        case "linear":
            try checked(
                apply(
                    "Gemm", [numbers("x"), numbers("weight"), numbers("bias")],
                    ["transB": .integer(1)], reading: ["x", "weight", "bias"]))
        case "softmax":
            try checked(
                apply(
                    "Softmax", [numbers("x")],
                    ["axis": .integer(Int64(integers("axis", count: 1)[0]))],
                    reading: ["x", "axis"]))
        case "cast": try checked(cast())
        case "classify": try classification()
        default: throw unsupported("the operation")
        }
    }

    // MARK: Operations

    private func convolution() throws(ExportError) -> Value {
        let weight = try numbers("weight", rank: 4)
        var inputs = [try numbers("x", rank: 4), weight]
        var names = ["x", "weight", "strides", "pad_type", "pad", "dilations", "groups"]
        if argument("bias") != nil {
            inputs.append(try numbers("bias", rank: 1))
            names.append("bias")
        }
        guard try integers("groups", count: 1) == [1] else { throw unsupported("groups") }
        let attributes = try windows(kernel: Array(weight.extents[2...]))
        let dilations = try integers("dilations", count: 2).map { Int64($0) }
        return try apply(
            "Conv", inputs,
            attributes.merging(["dilations": .integers(dilations)]) { first, _ in first },
            reading: names)
    }

    private func maxPooling() throws(ExportError) -> Value {
        guard try booleans("ceil_mode") == [false] else { throw unsupported("ceil_mode") }
        return try apply(
            "MaxPool", [numbers("x", rank: 4)],
            windows(kernel: integers("kernel_sizes", count: 2)),
            reading: ["x", "kernel_sizes", "strides", "pad_type", "pad", "ceil_mode"])
    }

    /// The attributes of windows; MIL lists the padding axis by axis, ONNX the starts first.
    private func windows(kernel: [Int]) throws(ExportError) -> [String: ONNXAttribute] {
        var pad = try integers("pad", count: 4).map { Int64($0) }
        switch try text("pad_type") {
        case "custom": break
        // Whatever the numbers are.
        case "valid": pad = [0, 0, 0, 0]
        default: throw unsupported("pad_type")
        }
        return [
            "kernel_shape": .integers(kernel.map { Int64($0) }),
            "strides": .integers(try integers("strides", count: 2).map { Int64($0) }),
            "pads": .integers([pad[0], pad[2], pad[1], pad[3]]),
        ]
    }

    private func normalization() throws(ExportError) -> Value {
        var inputs = [try numbers("x", rank: 4)]
        for name in ["gamma", "beta", "mean", "variance"] {
            inputs.append(try numbers(name, rank: 1))
        }
        return try apply(
            "BatchNormalization", inputs, ["epsilon": .float(number("epsilon"))],
            reading: ["x", "gamma", "beta", "mean", "variance", "epsilon"])
    }

    private func elementwise(_ type: String) throws(ExportError) -> Value {
        try apply(type, [numbers("x"), numbers("y")], reading: ["x", "y"])
    }

    /// Every few pixels of each channel: a pooling of windows of one pixel.
    private func slice() throws(ExportError) -> Value {
        let x = try numbers("x", rank: 4)
        let stride = try integers("stride", count: 4)
        guard try integers("begin", count: 4) == [0, 0, 0, 0],
            try integers("end", count: 4) == x.extents, stride[..<2] == [1, 1]
        else { throw unsupported("a part of the image") }
        return try apply(
            "MaxPool", [x],
            [
                "kernel_shape": .integers([1, 1]),
                "strides": .integers(stride[2...].map { Int64($0) }),
                "pads": .integers([0, 0, 0, 0]),
            ],
            // The masks say which begins and ends are those of the whole, as all of them are.
            reading: ["x", "begin", "end", "stride", "begin_mask", "end_mask"])
    }

    /// Zeros around; MIL lists the padding axis by axis, ONNX the starts first.
    private func padding() throws(ExportError) -> Value {
        guard try text("mode") == "constant", try number("constant_val") == 0 else {
            throw unsupported("mode")
        }
        let pad = try integers("pad", count: 8)
        let pairs = stride(from: 0, to: 8, by: 2)
        let pads = pairs.map { Float(pad[$0]) } + pairs.map { Float(pad[$0 + 1]) }
        return try apply(
            "Pad",
            [numbers("x", rank: 4), Value(type: .int64, extents: [8], numbers: pads)],
            ["mode": .text("constant")], reading: ["x", "pad", "mode", "constant_val"])
    }

    private func mean() throws(ExportError) -> Value {
        guard try integers("axes", count: 2) == [2, 3], try booleans("keep_dims") == [false] else {
            throw unsupported("axes")
        }
        let x = try numbers("x", rank: 4)
        return try apply(
            "Flatten", [apply("GlobalAveragePool", [x], reading: ["x", "axes", "keep_dims"])],
            reading: ["x", "axes", "keep_dims"])
    }

    /// The same numbers in other extents.
    private func reshape() throws(ExportError) -> Value {
        // Of the operator only the check of the arguments is needed.
        var x = try apply("Flatten", [numbers("x")], reading: ["x", "shape"])
        guard case .int32(let shape, let extents)? = constant("shape"), extents == [shape.count],
            checkedProduct(shape.map { Int($0) }) == x.count
        else { throw unsupported("shape") }
        x.extents = shape.map { Int($0) }
        return x
    }

    private func cast() throws(ExportError) -> Value {
        let type: ONNXTensor.ElementType
        switch try text("dtype") {
        case "fp16": type = .float16
        case "fp32": type = .float32
        default: throw unsupported("dtype")
        }
        return try apply(
            "Cast", [numbers("x")], ["to": .integer(Int64(type.rawValue))], reading: ["x", "dtype"])
    }

    /// The probabilities that are given out by the classes' names.
    private func classification() throws(ExportError) -> Value {
        let x = try numbers("probabilities", rank: 2)
        guard case .texts(let names)? = constant("classes"), names.count == x.count,
            Set(names).count == names.count,
            operation.results.map(\.value) == [.tensor(.text, []), .numbersByText]
        else { throw error("expected a different name for each of \(x.count) classes") }
        return x
    }

    // MARK: Arguments

    private func argument(_ name: String) -> MILOperation.Argument? {
        operation.arguments.first { $0.name == name }?.value
    }

    /// An argument that is a constant, by its name or in its place.
    private func constant(_ name: String) -> MILValue? {
        switch argument(name) {
        case .name(let value): constants[value]
        case .value(let value): value
        case nil: nil
        }
    }

    /// An argument as numbers: a result of an operation, or a constant.
    private func numbers(_ name: String, rank: Int? = nil) throws(ExportError) -> Value {
        var found: Value?
        if case .name(let value)? = argument(name) { found = values[value] }
        if found == nil, let constant = constant(name) { found = try value(of: constant) }
        guard let found else { throw error("expected numbers for \(name), found none") }
        guard rank == nil || found.extents.count == rank else {
            throw error("expected \(rank ?? 0) extents of \(name), found \(found.extents)")
        }
        return found
    }

    private func value(of constant: MILValue) throws(ExportError) -> Value? {
        switch constant {
        case .float32(let numbers, let extents):
            return Value(type: .float32, extents: extents, numbers: numbers)
        case .float16(let bits, let extents):
            return Value(
                type: .float16, extents: extents,
                numbers: bits.map { Float(float16BitPattern: $0) })
        case .file(let element, let extents, let offset):
            guard let weights, let count = constant.type.elementCount, count <= maximumCount else {
                throw error("expected a file of weights, found none")
            }
            return Value(
                type: element == .float16 ? .float16 : .float32, extents: extents,
                numbers: try weights.numbers(at: offset, element, count: count))
        default: return nil
        }
    }

    /// An argument that is one number of the type of what is computed.
    private func number(_ name: String) throws(ExportError) -> Float {
        let value = try numbers(name)
        guard value.extents.isEmpty, let number = value.numbers.first,
            value.type == (try numbers("x")).type
        else { throw error("expected one number of the type of x for \(name)") }
        return number
    }

    private func integers(_ name: String, count: Int) throws(ExportError) -> [Int] {
        guard case .int32(let values, let extents)? = constant(name), values.count == count,
            extents == (name == "axis" || name == "groups" ? [] : [count])
        else { throw error("expected \(count) integers for \(name)") }
        return values.map { Int($0) }
    }

    private func booleans(_ name: String) throws(ExportError) -> [Bool] {
        guard case .booleans(let values, _)? = constant(name) else {
            throw error("expected true or false for \(name)")
        }
        return values
    }

    private func text(_ name: String) throws(ExportError) -> String {
        guard case .text(let text)? = constant(name) else {
            throw error("expected a text for \(name)")
        }
        return text
    }

    // MARK: Evaluation

    /// The result of an ONNX operator.
    ///
    /// - Parameter names: The arguments that it takes into account; there must be no others.
    private func apply(
        _ type: String, _ inputs: [Value], _ attributes: [String: ONNXAttribute] = [:],
        reading names: [String]
    ) throws(ExportError) -> Value {
        if let other = operation.arguments.first(where: { !names.contains($0.name) }) {
            throw unsupported(other.name)
        }
        let types = Set(inputs.map(\.type)).subtracting([.int64])
        guard types.count == 1 else {
            throw error("expected arguments of one type, found \(types.count)")
        }
        return try ONNXOperation(
            node: ONNXNode(
                type: type, name: operation.numbersName, inputs: [], outputs: [],
                attributes: attributes),
            inputs: inputs, file: file, maximumCount: maximumCount, threads: threads
        ).result()
    }

    /// The value, if the operation declares its type and extents.
    private func checked(_ value: Value) throws(ExportError) -> Value {
        let element: MILType.Element = value.type == .float16 ? .float16 : .float32
        let found = MILType.tensor(element, value.extents)
        guard operation.results.count == 1, operation.results[0].value == found else {
            throw error("expected one result that is declared as \(element) \(value.extents)")
        }
        return value
    }

    private func unsupported(_ what: String) -> ExportError {
        ExportError(
            .unsupported, file: file,
            "\(operation.numbersName), \(operation.type): \(what) is not computed here")
    }

    private func error(_ sentence: String) -> ExportError {
        ExportError(
            .malformed, file: file, "\(operation.numbersName), \(operation.type): \(sentence)")
    }
}
