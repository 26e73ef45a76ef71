// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNModel
import WRNProtobuf
import WRNTensor
import WRNTensorFiles

/// Makes an ``ONNXModel`` of a network.
///
/// Every operation is one that runtimes have in common in opsets 13 to 21, with all its attributes
/// written out. A subsampling, for which there is no operator, is a max pooling of single pixels
/// and a padding of channels.
struct ONNXBuilder {
    /// What the exported model reads and gives, by name.
    static let inputName = "image"
    /// The name of an extent that each call may choose.
    static let batchName = "batch"

    let network: ExportedNetwork
    let description: ModelDescription
    let options: ExportOptions
    /// The ranges of activations; nil for a network that computes in floats.
    let quantization: Quantization?

    private var model = ONNXModel()
    /// The names of constants that are there already.
    private var constants: Set<String> = []
    /// For each operation, the name of the value that its readers read.
    private var values: [String] = []
    private let readers: [[Int]]

    /// Makes the model.
    ///
    /// - Throws: ``ExportError`` for weights that half precision does not hold.
    static func model(
        of network: ExportedNetwork, description: ModelDescription, options: ExportOptions,
        quantization: Quantization?
    ) throws(ExportError) -> ONNXModel {
        var builder = ONNXBuilder(
            network: network, description: description, options: options,
            quantization: quantization)
        try builder.build()
        return builder.model
    }

    private init(
        network: ExportedNetwork, description: ModelDescription, options: ExportOptions,
        quantization: Quantization?
    ) {
        self.network = network
        self.description = description
        self.options = options
        self.quantization = quantization
        readers = network.readers
    }

    /// The name of the model's result.
    static func outputName(_ output: ExportOptions.Output) -> String {
        switch output {
        case .logits: "logits"
        case .probabilities: ExportedNetwork.probabilitiesName
        case .layer: "features"
        }
    }

    /// The oldest version of the format that has the opset.
    static func irVersion(forOpset opset: Int) -> Int {
        switch opset {
        case ...14: 7
        case 15...18: 8
        case 19...20: 9
        default: 10
        }
    }

    private mutating func build() throws(ExportError) {
        model.irVersion = Self.irVersion(forOpset: options.opset)
        model.opsets = ["": options.opset]
        model.name = description.architecture
        for (place, operation) in network.operations.enumerated() {
            let isLast = place == network.operations.count - 1
            let name = isLast ? resultName : operation.name
            if place == 0 {
                addInput(operation)
            } else {
                values.append(try add(operation, as: name))
            }
            quantize(place)
        }
        finish()
    }

    // MARK: What goes in and comes out

    private var computesInHalves: Bool { options.precision == .float16 }

    /// The name of the last operation's value: the result, or what is converted to it.
    private var resultName: String {
        let name = Self.outputName(options.output)
        return computesInHalves ? name + "/float16" : name
    }

    private mutating func addInput(_ operation: ExportedNetwork.Operation) {
        let shape = operation.shape
        let (channels, height, width) = (
            ONNXValue.Extent.fixed(shape.channels), ONNXValue.Extent.fixed(shape.height),
            ONNXValue.Extent.fixed(shape.width)
        )
        let batch = ONNXValue.Extent.named(Self.batchName)
        var value = Self.inputName
        switch options.input(for: .onnx) {
        case .float32:
            model.inputs = [
                ONNXValue(
                    name: value, typeCode: ONNXTensor.ElementType.float32.rawValue,
                    shape: [batch, channels, height, width])
            ]
        case .uint8, .image:
            model.inputs = [
                ONNXValue(
                    name: value, typeCode: ONNXTensor.ElementType.uint8.rawValue,
                    shape: [batch, height, width, channels])
            ]
            value = addNormalization(of: value)
        }
        if computesInHalves {
            value = addCast(of: value, to: .float16, as: Self.inputName + "/float16")
        }
        values.append(value)
    }

    /// Pixels to normalised numbers, operation by operation as the engine computes them, so that
    /// every runtime that rounds as IEEE 754 does gives the same bits.
    private mutating func addNormalization(of pixels: String) -> String {
        let extents = [1, description.inputChannels, 1, 1]
        let floats = addCast(of: pixels, to: .float32, as: pixels + "/float32")
        var value = addNode(
            "Transpose", reading: [floats], as: pixels + "/channels-first",
            ["perm": .integers([0, 3, 1, 2])])
        let largest = addConstant(pixels + "/255", .float32, [], .floats([255]))
        let mean = addConstant(pixels + "/mean", .float32, extents, .floats(description.mean))
        let deviation = addConstant(
            pixels + "/deviation", .float32, extents, .floats(description.standardDeviation))
        value = addNode("Div", reading: [value, largest], as: pixels + "/fraction")
        value = addNode("Sub", reading: [value, mean], as: pixels + "/centred")
        return addNode("Div", reading: [value, deviation], as: pixels + "/normalised")
    }

    private mutating func finish() {
        let operation = network.output
        let name = Self.outputName(options.output)
        if computesInHalves { _ = addCast(of: resultName, to: .float32, as: name) }
        let shape = operation.shape
        let extents =
            operation.isVector
            ? [shape.channels] : [shape.channels, shape.height, shape.width]
        model.outputs = [
            ONNXValue(
                name: name, typeCode: ONNXTensor.ElementType.float32.rawValue,
                shape: [.named(Self.batchName)] + extents.map { .fixed($0) })
        ]
    }

    // MARK: Operations

    /// Adds what computes an operation, and returns the name of its value, which is `name`.
    private mutating func add(
        _ operation: ExportedNetwork.Operation, as name: String
    ) throws(ExportError) -> String {
        let sources = operation.inputs.map { values[$0] }
        switch operation.kind {
        // The first operation is the only input.
        case .input: return sources.first ?? Self.inputName
        case .convolution(let convolution, let weight, let bias):
            return try addConvolution(
                convolution, weight, bias, of: operation, sources, as: name)
        case .scaling(let scale, let shift):
            // A normalisation with the mean 0 and the variance 1, for which all runtimes have fast
            // code. Its ε is compensated.
            let epsilon: Float = 1e-5
            let factor = (1 + Double(epsilon)).squareRoot()
            let count = scale.count
            let zeros = try addFloats(
                "zeros.\(count)", [count], [Float](repeating: 0, count: count))
            let ones = try addFloats("ones.\(count)", [count], [Float](repeating: 1, count: count))
            return try addNormalization(
                operation, sources, epsilon, scale.map { Float(Double($0) * factor) }, shift,
                mean: zeros, variance: ones, as: name)
        case .normalization(let epsilon, let scale, let shift, let mean, let variance):
            let means = try addFloats(operation.layer + ".running_mean", [mean.count], mean)
            let variances = try addFloats(
                operation.layer + ".running_var", [variance.count], variance)
            return try addNormalization(
                operation, sources, Float(epsilon), scale, shift, mean: means,
                variance: variances, as: name)
        case .activation(.relu): return addNode("Relu", reading: sources, as: name)
        case .activation(.leakyReLU(let slope)):
            return addNode(
                "LeakyRelu", reading: sources, as: name, ["alpha": .float(Float(slope))])
        case .activation(.silu):
            let sigmoid = addNode("Sigmoid", reading: sources, as: name + "/sigmoid")
            return addNode("Mul", reading: sources + [sigmoid], as: name)
        case .add: return addNode("Add", reading: sources, as: name)
        case .subsampling(let subsampling):
            return addSubsampling(subsampling, of: operation, sources, as: name)
        case .maxPooling(let pooling):
            return addMaxPooling(
                kernelSize: pooling.kernelSize, stride: pooling.stride, padding: pooling.padding,
                sources, as: name)
        case .globalAveragePooling:
            let mean = addNode("GlobalAveragePool", reading: sources, as: name + "/mean")
            return addNode("Flatten", reading: [mean], as: name, ["axis": .integer(1)])
        case .linear(let weight, let bias):
            return try addLinear(weight, bias, of: operation, sources, as: name)
        case .softmax:
            return addNode("Softmax", reading: sources, as: name, ["axis": .integer(1)])
        }
    }

    private mutating func addConvolution(
        _ convolution: Convolution, _ weight: Tensor, _ bias: [Float]?,
        of operation: ExportedNetwork.Operation, _ sources: [String], as name: String
    ) throws(ExportError) -> String {
        let constants = try addWeight(weight, bias, of: operation)
        let (size, stride) = (Int64(convolution.kernelSize), Int64(convolution.stride))
        let (start, end) = (Int64(convolution.padding), Int64(convolution.endPadding))
        return addNode(
            "Conv", reading: sources + constants, as: name,
            [
                "kernel_shape": .integers([size, size]), "strides": .integers([stride, stride]),
                "pads": .integers([start, start, end, end]), "dilations": .integers([1, 1]),
                "group": .integer(1),
            ])
    }

    private mutating func addLinear(
        _ weight: Tensor, _ bias: [Float], of operation: ExportedNetwork.Operation,
        _ sources: [String], as name: String
    ) throws(ExportError) -> String {
        var sources = sources
        if !network.operations[operation.inputs[0]].isVector {
            sources = [
                addNode(
                    "Flatten", reading: sources, as: name + "/flat", ["axis": .integer(1)])
            ]
        }
        let constants = try addWeight(weight, bias, of: operation)
        return addNode(
            "Gemm", reading: sources + constants, as: name,
            [
                "alpha": .float(1), "beta": .float(1), "transA": .integer(0),
                "transB": .integer(1),
            ])
    }

    private mutating func addNormalization(
        _ operation: ExportedNetwork.Operation, _ sources: [String], _ epsilon: Float,
        _ scale: [Float], _ shift: [Float], mean: String, variance: String, as name: String
    ) throws(ExportError) -> String {
        let scale = try addFloats(operation.layer + ".weight", [scale.count], scale)
        let shift = try addFloats(operation.layer + ".bias", [shift.count], shift)
        return addNode(
            "BatchNormalization", reading: sources + [scale, shift, mean, variance], as: name,
            ["epsilon": .float(epsilon)])
    }

    private mutating func addSubsampling(
        _ subsampling: Subsampling, of operation: ExportedNetwork.Operation, _ sources: [String],
        as name: String
    ) -> String {
        let channels = network.operations[operation.inputs[0]].shape.channels
        let after = subsampling.outputChannels - channels - subsampling.channelOffset
        let widens = subsampling.outputChannels > channels
        let pixels = addMaxPooling(
            kernelSize: 1, stride: subsampling.stride, padding: 0, sources,
            as: widens ? name + "/pixels" : name)
        guard widens else { return pixels }
        let pads = [0, subsampling.channelOffset, 0, 0, 0, after, 0, 0].map { Int64($0) }
        let constant = addConstant(
            operation.layer + ".pads", .int64, [8], .bytes(Self.littleEndian(pads)))
        return addNode(
            "Pad", reading: [pixels, constant], as: name, ["mode": .text("constant")])
    }

    private mutating func addMaxPooling(
        kernelSize: Int, stride: Int, padding: Int, _ sources: [String], as name: String
    ) -> String {
        func both(_ number: Int) -> ONNXAttribute {
            .integers([Int64(number), Int64(number)])
        }
        let padding = Int64(padding)
        return addNode(
            "MaxPool", reading: sources, as: name,
            [
                "kernel_shape": both(kernelSize), "strides": both(stride),
                "pads": .integers([padding, padding, padding, padding]),
            ])
    }

    private mutating func addCast(
        of value: String, to type: ONNXTensor.ElementType, as name: String
    ) -> String {
        addNode("Cast", reading: [value], as: name, ["to": .integer(Int64(type.rawValue))])
    }

    private mutating func addNode(
        _ type: String, reading inputs: [String], as name: String,
        _ attributes: [String: ONNXAttribute] = [:]
    ) -> String {
        model.nodes.append(
            ONNXNode(
                type: type, name: name, inputs: inputs, outputs: [name], attributes: attributes))
        return name
    }

    // MARK: Constants

    /// A constant in the type in which the network computes.
    private mutating func addFloats(
        _ name: String, _ extents: [Int], _ numbers: [Float]
    ) throws(ExportError) -> String {
        guard computesInHalves else {
            return addConstant(name, .float32, extents, .floats(numbers))
        }
        try HalfPrecisionRange.check(numbers, of: name)
        return addConstant(
            name, .float16, extents, .bytes(Self.littleEndian(numbers.map(\.float16BitPattern))))
    }

    private mutating func addConstant(
        _ name: String, _ type: ONNXTensor.ElementType, _ extents: [Int],
        _ piece: ProtobufMessage.Piece
    ) -> String {
        if constants.insert(name).inserted {
            model.initializers.append(ONNXTensor(name, type, extents, piece))
        }
        return name
    }

    private static func littleEndian(
        _ numbers: [some FixedWidthInteger & BitwiseCopyable]
    ) -> [UInt8] {
        numbers.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }

    /// The weight and the bias of an operation, quantised where the network is.
    private mutating func addWeight(
        _ weight: Tensor, _ bias: [Float]?, of operation: ExportedNetwork.Operation
    ) throws(ExportError) -> [String] {
        let (weightName, biasName) = (operation.layer + ".weight", operation.layer + ".bias")
        guard let quantization, let input = quantization.scale(of: operation.inputs[0]) else {
            var names = [try addFloats(weightName, weight.shape.extents, weight.elements)]
            if let bias { names.append(try addFloats(biasName, [bias.count], bias)) }
            return names
        }
        let channels = QuantizedWeight(weight, bias: bias, inputScale: input)
        let count = channels.scales.count
        let scales = addConstant(
            weightName + "/scale", .float32, [count], .floats(channels.scales))
        let integers = addConstant(
            weightName, .int8, weight.shape.extents,
            .bytes(channels.weight.map { UInt8(bitPattern: $0) }))
        let zeros = addConstant(
            "zeros.int8.\(count)", .int8, [count], .bytes([UInt8](repeating: 0, count: count)))
        var names = [
            addNode(
                "DequantizeLinear", reading: [integers, scales, zeros],
                as: weightName + "/dequantised", ["axis": .integer(0)])
        ]
        guard let bias = channels.bias else { return names }
        let biasIntegers = addConstant(biasName, .int32, [count], .bytes(Self.littleEndian(bias)))
        let biasScales = addConstant(
            biasName + "/scale", .float32, [count], .floats(channels.biasScales))
        let biasZeros = addConstant(
            "zeros.int32.\(count)", .int32, [count],
            .bytes([UInt8](repeating: 0, count: 4 * count)))
        names.append(
            addNode(
                "DequantizeLinear", reading: [biasIntegers, biasScales, biasZeros],
                as: biasName + "/dequantised", ["axis": .integer(0)]))
        return names
    }

    /// Rounds the value of an operation to 8 bits and back, where the network is quantised there.
    private mutating func quantize(_ place: Int) {
        guard let parameters = quantization?.parameters(at: place) else { return }
        let name = place == 0 ? Self.inputName : values[place]
        let owner = quantization?.owner(of: place) ?? place
        let prefix =
            owner == 0 ? Self.inputName : network.operations[owner].name
        let scale = addConstant(
            prefix + "/scale", .float32, [], .floats([parameters.scale]))
        let zero = addConstant(prefix + "/zero", .uint8, [], .bytes([parameters.zeroPoint]))
        let quantized = addNode(
            "QuantizeLinear", reading: [values[place], scale, zero], as: name + "/quantised")
        values[place] = addNode(
            "DequantizeLinear", reading: [quantized, scale, zero], as: name + "/dequantised")
    }
}
