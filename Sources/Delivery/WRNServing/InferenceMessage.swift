// SPDX-License-Identifier: Apache-2.0

/// The parameters of a request, an input or an output; others are left out, as the protocol wants.
struct InferenceParameters {
    var binarySize: Int?
    var isBinary: Bool?
    var allBinary: Bool?
    var classification: Int?
    /// Microseconds, as Triton's clients send them.
    var timeout: Int?

    init() {}

    init(_ reader: inout JSONReader) throws(Refusal) {
        var read = InferenceParameters()
        try reader.object { reader, name throws(Refusal) in
            if reader.null() { return }
            switch name {
            case "binary_data_size": read.binarySize = try reader.integer()
            case "binary_data": read.isBinary = try reader.boolean()
            case "binary_data_output": read.allBinary = try reader.boolean()
            case "classification": read.classification = try reader.integer()
            case "timeout": read.timeout = try reader.integer()
            default: try reader.skip()
            }
        }
        self = read
    }
}

/// The JSON of a request, in which `null` stands for a member that is not there.
struct InferenceMessage {
    struct Input {
        var name: String?
        var shape: [Int]?
        var datatype: String?
        var parameters = InferenceParameters()
        var data: TensorData?
    }

    struct Output {
        var name = ""
        var parameters = InferenceParameters()
    }

    var id: String?
    var parameters = InferenceParameters()
    var input: Input?
    var outputs: [Output]?

    /// Reads it.
    ///
    /// - Parameters:
    ///   - limit: The most images.
    ///   - elementLimit: The most numbers.
    init(_ reader: inout JSONReader, limit: Int, elementLimit: Int) throws(Refusal) {
        var message = InferenceMessage()
        try reader.object { reader, name throws(Refusal) in
            if reader.null() { return }
            switch name {
            case "id": message.id = try reader.string()
            case "parameters": message.parameters = try InferenceParameters(&reader)
            case "inputs":
                try reader.array { reader throws(Refusal) in
                    guard message.input == nil else {
                        throw .invalid(
                            "expected one input (images, input or pixels), found several")
                    }
                    message.input = try Input(&reader, limit: limit, elementLimit: elementLimit)
                }
            case "outputs":
                var outputs: [Output] = []
                try reader.array { reader throws(Refusal) in
                    // Each output is a part of the answer, however often it is requested.
                    guard outputs.count < ServedTensor.outputs.count else {
                        throw .invalid(
                            "expected at most \(ServedTensor.outputs.count) outputs, found more")
                    }
                    outputs.append(try Output(&reader))
                }
                message.outputs = outputs
            default: try reader.skip()
            }
        }
        try reader.finish()
        self = message
    }

    private init() {}
}

extension InferenceMessage.Input {
    init(
        _ reader: inout JSONReader, limit: Int, elementLimit: Int
    ) throws(Refusal) {
        var read = Self()
        try reader.object { reader, name throws(Refusal) in
            if reader.null() { return }
            switch name {
            case "name": read.name = try reader.string()
            case "datatype": read.datatype = try reader.string()
            case "parameters": read.parameters = try InferenceParameters(&reader)
            case "shape":
                var shape: [Int] = []
                try reader.array { reader throws(Refusal) in
                    guard shape.count < 8 else { throw reader.refusal("at most 8 dimensions") }
                    shape.append(try reader.integer())
                }
                read.shape = shape
            case "data":
                var data = TensorData()
                try data.read(&reader, limit: limit, elementLimit: elementLimit)
                read.data = data
            default: try reader.skip()
            }
        }
        self = read
    }
}

extension InferenceMessage.Output {
    init(_ reader: inout JSONReader) throws(Refusal) {
        var read = Self()
        try reader.object { reader, name throws(Refusal) in
            if reader.null() { return }
            switch name {
            case "name": read.name = try reader.string()
            case "parameters": read.parameters = try InferenceParameters(&reader)
            default: try reader.skip()
            }
        }
        self = read
    }
}

/// The elements of a tensor in JSON, in row-major order, nested or not.
struct TensorData {
    var numbers: [Float] = []
    var texts: [[UInt8]] = []
    /// Whether all numbers are values of pixels.
    var areBytes = true

    mutating func read(
        _ reader: inout JSONReader, limit: Int, elementLimit: Int
    ) throws(Refusal) {
        var copy = TensorData()
        swap(&copy, &self)
        defer { swap(&copy, &self) }
        try reader.array { reader throws(Refusal) in
            switch reader.kind() {
            case .array: try copy.read(&reader, limit: limit, elementLimit: elementLimit)
            case .string:
                guard copy.texts.count < limit else {
                    throw reader.refusal("at most \(limit) texts")
                }
                copy.texts.append(try reader.stringBytes())
            default:
                guard copy.numbers.count < elementLimit else {
                    throw reader.refusal("at most \(elementLimit) numbers")
                }
                let number = try reader.number()
                copy.areBytes = copy.areBytes && UInt8(exactly: number) != nil
                copy.numbers.append(Float(number))
            }
        }
    }
}
