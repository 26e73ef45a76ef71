// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNModel
import WRNTensor

/// Makes the program of a Core ML package, and its weights, of a network.
///
/// Every operation is in the set of iOS 15 and macOS 12, with all its arguments written out, as
/// Apple's converter writes them. A subsampling is a slice with steps and a padding of channels.
struct MILBuilder {
    /// What the program reads and gives, by name.
    static let inputName = "image"
    static let labelName = "classLabel"

    private let network: ExportedNetwork
    private let description: ModelDescription
    private let options: ExportOptions
    /// Whether it reads pixels, which it normalises, instead of normalised numbers.
    private let readsPixels: Bool
    /// The classes' names, if the program gives the name of the most probable one.
    private let labels: [String]
    private var writer: MILWriter
    /// Vectors of zeros and of ones, by their names.
    private var sharedVectors: [String: Value] = [:]
    /// For each operation of the network, the value that its readers read.
    private var values: [Value] = []

    private typealias Value = MILWriter.Value

    /// A program with its weights.
    struct Result {
        let program: MILProgram
        let weights: WeightBlobs
    }

    /// Makes the program.
    ///
    /// - Parameters:
    ///   - readsPixels: Whether the program reads pixels, which it normalises.
    ///   - labels: The names of the classes, all different, of a network that gives probabilities;
    ///     empty for a program that gives numbers alone.
    /// - Throws: An ``ExportError`` for a network that Core ML's operations do not express, or
    ///   weights that half precision does not hold.
    static func result(
        of network: ExportedNetwork, description: ModelDescription, options: ExportOptions,
        readsPixels: Bool, labels: [String]
    ) throws(ExportError) -> Result {
        var builder = MILBuilder(
            network: network, description: description, options: options, readsPixels: readsPixels,
            labels: labels)
        for (place, operation) in network.operations.enumerated() {
            let value =
                place == 0
                ? try builder.addInput(operation)
                : try builder.add(operation, named: builder.name(of: place))
            builder.values.append(value)
        }
        try builder.finish()
        return Result(program: builder.writer.program, weights: builder.writer.weights)
    }

    private init(
        network: ExportedNetwork, description: ModelDescription, options: ExportOptions,
        readsPixels: Bool, labels: [String]
    ) {
        self.network = network
        self.description = description
        self.options = options
        self.readsPixels = readsPixels
        self.labels = labels
        writer = MILWriter(
            precision: options.precision,
            reserving: [Self.inputName, Self.labelName, Self.outputName(options.output)])
    }

    /// The name of the numbers that come out.
    static func outputName(_ output: ExportOptions.Output) -> String {
        switch output {
        case .logits: "logits"
        case .probabilities: ExportedNetwork.probabilitiesName
        case .layer: "features"
        }
    }

    // MARK: What goes in and comes out

    private var computesInHalves: Bool { options.precision == .float16 }
    private var outputName: String { Self.outputName(options.output) }

    /// Whether something is computed from the network's result before it is given out.
    private var hasMoreThanNetwork: Bool { computesInHalves || !labels.isEmpty }

    private mutating func name(of place: Int) -> String {
        let isLast = place == network.operations.count - 1
        if isLast, !hasMoreThanNetwork { return outputName }
        return writer.unique(network.operations[place].name)
    }

    /// Pixels from 0 to 255, or numbers that are normalised already, in single precision.
    private mutating func addInput(
        _ operation: ExportedNetwork.Operation
    ) throws(ExportError) -> Value {
        let shape = operation.shape
        let extents = [1, shape.channels, shape.height, shape.width]
        writer.program.inputs = [
            MILOperation.Named(name: Self.inputName, value: .tensor(.float32, extents))
        ]
        var value = Value(name: Self.inputName, extents: extents)
        if readsPixels {
            // Operation by operation as the engine computes them, for the same bits.
            let channels = [1, shape.channels, 1, 1]
            value = writer.addElementwise(
                "real_div", value, by: .float32([255], []), named: writer.unique("image_fraction"),
                .float32)
            value = writer.addElementwise(
                "sub", value, by: .float32(description.mean, channels),
                named: writer.unique("image_centred"), .float32)
            value = writer.addElementwise(
                "real_div", value, by: .float32(description.standardDeviation, channels),
                named: writer.unique("image_normalised"), .float32)
        }
        return computesInHalves
            ? writer.addCast(value, to: .float16, named: writer.unique("image_half")) : value
    }

    private mutating func finish() throws(ExportError) {
        guard var value = values.last else { return }
        if computesInHalves {
            let name = labels.isEmpty ? outputName : writer.unique(outputName + "_single")
            value = writer.addCast(value, to: .float32, named: name)
        }
        guard !labels.isEmpty else {
            writer.program.outputs = [outputName]
            return
        }
        writer.program.operations.append(
            MILOperation(
                type: "classify",
                arguments: [
                    MILOperation.Named(name: "probabilities", value: .name(value.name)),
                    MILOperation.Named(name: "classes", value: .value(.texts(labels))),
                ],
                results: [
                    MILOperation.Named(name: Self.labelName, value: .tensor(.text, [])),
                    MILOperation.Named(name: outputName, value: .numbersByText),
                ]))
        writer.program.outputs = [Self.labelName, outputName]
    }

    // MARK: Operations

    private mutating func add(
        _ operation: ExportedNetwork.Operation, named name: String
    ) throws(ExportError) -> Value {
        var sources = operation.inputs.map { values[$0] }
        switch operation.kind {
        case .linear, .softmax: break
        // All others read feature maps, also of one pixel.
        default: sources = sources.map { writer.mapped($0, named: name) }
        }
        guard let source = sources.first else { throw inexpressible(operation, "no input") }
        switch operation.kind {
        case .input: throw inexpressible(operation, "a second input")
        case .convolution(let convolution, let weight, let bias):
            return try addConvolution(
                convolution, weight, bias, of: operation, source, named: name)
        case .scaling(let scale, let shift):
            // A normalisation with the mean 0 and the variance 1, as Apple's converter makes of a
            // product and a sum. Its ε is compensated.
            let epsilon: Float = 1e-5
            let factor = (1 + Double(epsilon)).squareRoot()
            return try addNormalization(
                [
                    ("mean", try shared(0, scale.count, of: operation)),
                    ("variance", try shared(1, scale.count, of: operation)),
                    (
                        "gamma",
                        try vector(scale.map { Float(Double($0) * factor) }, "weight", operation)
                    ),
                    ("beta", try vector(shift, "bias", operation)),
                ], epsilon, of: operation, source, named: name)
        case .normalization(let epsilon, let scale, let shift, let mean, let variance):
            return try addNormalization(
                [
                    ("mean", try vector(mean, "running_mean", operation)),
                    ("variance", try vector(variance, "running_var", operation)),
                    ("gamma", try vector(scale, "weight", operation)),
                    ("beta", try vector(shift, "bias", operation)),
                ], Float(epsilon), of: operation, source, named: name)
        case .activation(.relu):
            return writer.add("relu", [("x", source)], source.extents, named: name)
        case .activation(.leakyReLU(let slope)):
            let alpha = try writer.numbers([Float(slope)], [], of: operation)
            return writer.add(
                "leaky_relu", [("x", source), ("alpha", writer.constant(alpha, name + "_alpha"))],
                source.extents, named: name)
        case .activation(.silu):
            return writer.add("silu", [("x", source)], source.extents, named: name)
        case .add:
            guard sources.count == 2, sources[1].extents == source.extents else {
                throw inexpressible(operation, "a sum of other than two results of one shape")
            }
            return writer.add(
                "add", [("x", source), ("y", sources[1])], source.extents, named: name)
        case .subsampling(let subsampling):
            return try addSubsampling(subsampling, of: operation, source, named: name)
        case .maxPooling(let pooling):
            let arguments = windowArguments(
                kernelSize: pooling.kernelSize, stride: pooling.stride,
                padding: (pooling.padding, pooling.padding), named: name)
            return writer.add(
                "max_pool",
                [("x", source)] + arguments
                    + [("ceil_mode", writer.constant(.boolean(false), name + "_ceil_mode"))],
                operation.extents, named: name)
        case .globalAveragePooling:
            return writer.add(
                "reduce_mean",
                [
                    ("x", source), ("axes", writer.constant(.integers([2, 3]), name + "_axes")),
                    ("keep_dims", writer.constant(.boolean(false), name + "_keep_dims")),
                ], operation.extents, named: name)
        case .linear(let weight, let bias):
            let row = writer.flattened(source, named: name)
            let (inputs, outputs) = (weight.shape.extents[1], weight.shape.extents[0])
            return writer.add(
                "linear",
                [
                    ("x", row),
                    (
                        "weight",
                        writer.constant(
                            try writer.numbers(weight.elements, [outputs, inputs], of: operation),
                            operation.layer + ".weight")
                    ),
                    (
                        "bias",
                        writer.constant(
                            try writer.numbers(bias, [outputs], of: operation),
                            operation.layer + ".bias")
                    ),
                ], operation.extents, named: name)
        case .softmax:
            return writer.add(
                "softmax",
                [
                    ("x", writer.flattened(source, named: name)),
                    ("axis", writer.constant(.integer(1), name + "_axis")),
                ], operation.extents, named: name)
        }
    }

    private mutating func addConvolution(
        _ convolution: Convolution, _ weight: Tensor, _ bias: [Float]?,
        of operation: ExportedNetwork.Operation, _ source: Value, named name: String
    ) throws(ExportError) -> Value {
        var arguments = [
            ("x", source),
            (
                "weight",
                writer.constant(
                    try writer.numbers(weight.elements, weight.shape.extents, of: operation),
                    operation.layer + ".weight")
            ),
        ]
        if let bias {
            arguments.append(
                (
                    "bias",
                    writer.constant(
                        try writer.numbers(bias, [bias.count], of: operation),
                        operation.layer + ".bias")
                ))
        }
        arguments += windowArguments(
            kernelSize: nil, stride: convolution.stride,
            padding: (convolution.padding, convolution.endPadding), named: name)
        arguments.append(("dilations", writer.constant(.integers([1, 1]), name + "_dilations")))
        arguments.append(("groups", writer.constant(.integer(1), name + "_groups")))
        return writer.add("conv", arguments, operation.extents, named: name)
    }

    private mutating func addNormalization(
        _ vectors: [(String, Value)], _ epsilon: Float, of operation: ExportedNetwork.Operation,
        _ source: Value, named name: String
    ) throws(ExportError) -> Value {
        let epsilon = writer.constant(
            try writer.numbers([epsilon], [], of: operation), name + "_epsilon")
        return writer.add(
            "batch_norm", [("x", source)] + vectors + [("epsilon", epsilon)], source.extents,
            named: name)
    }

    /// A number for each channel, named after the layer that it belongs to.
    private mutating func vector(
        _ values: [Float], _ role: String, _ operation: ExportedNetwork.Operation
    ) throws(ExportError) -> Value {
        writer.constant(
            try writer.numbers(values, [values.count], of: operation), operation.layer + "." + role)
    }

    /// One number for all channels, which is written once for each number of channels.
    private mutating func shared(
        _ value: Float, _ count: Int, of operation: ExportedNetwork.Operation
    ) throws(ExportError) -> Value {
        let key = "\(value == 0 ? "zeros" : "ones")_\(count)"
        if let made = sharedVectors[key] { return made }
        let repeated = [Float](repeating: value, count: count)
        let made = writer.constant(try writer.numbers(repeated, [count], of: operation), key)
        sharedVectors[key] = made
        return made
    }

    /// Every few pixels, and channels of zeros around them.
    private mutating func addSubsampling(
        _ subsampling: Subsampling, of operation: ExportedNetwork.Operation, _ source: Value,
        named name: String
    ) throws(ExportError) -> Value {
        var value = source
        let channels = source.extents[1]
        let widens = subsampling.outputChannels > channels
        if subsampling.stride > 1 || !widens {
            let name = widens ? writer.unique(name + "_pixels") : name
            value = writer.add(
                "slice_by_index",
                [
                    ("x", source),
                    ("begin", writer.constant(.integers([0, 0, 0, 0]), name + "_begin")),
                    ("end", writer.constant(.integers(source.extents), name + "_end")),
                    (
                        "stride",
                        writer.constant(
                            .integers([1, 1, subsampling.stride, subsampling.stride]),
                            name + "_stride")
                    ),
                ], [1, channels] + operation.extents[2...], named: name)
        }
        guard widens else { return value }
        let after = subsampling.outputChannels - channels - subsampling.channelOffset
        let pads = [0, 0, subsampling.channelOffset, after, 0, 0, 0, 0]
        let zero = try writer.numbers([0], [], of: operation)
        return writer.add(
            "pad",
            [
                ("x", value), ("pad", writer.constant(.integers(pads), name + "_pad")),
                ("mode", writer.constant(.text("constant"), name + "_mode")),
                ("constant_val", writer.constant(zero, name + "_constant_val")),
            ], operation.extents, named: name)
    }

    /// The arguments about windows, square in kernel, stride and padding.
    private mutating func windowArguments(
        kernelSize: Int?, stride: Int, padding: (start: Int, end: Int), named name: String
    ) -> [(String, Value)] {
        var arguments: [(String, Value)] = []
        if let kernelSize {
            arguments.append(
                (
                    "kernel_sizes",
                    writer.constant(.integers([kernelSize, kernelSize]), name + "_kernel_sizes")
                ))
        }
        let pads = [padding.start, padding.end, padding.start, padding.end]
        arguments.append(
            ("strides", writer.constant(.integers([stride, stride]), name + "_strides")))
        arguments.append(("pad_type", writer.constant(.text("custom"), name + "_pad_type")))
        arguments.append(("pad", writer.constant(.integers(pads), name + "_pad")))
        return arguments
    }

    // MARK: Checks

    private func inexpressible(
        _ operation: ExportedNetwork.Operation, _ found: String
    ) -> ExportError {
        ExportError(
            .inexpressible,
            "\(operation.name): Core ML has no operation for \(found); export to another format")
    }
}

extension ExportedNetwork.Operation {
    /// The extents of the result for one image.
    var extents: [Int] {
        isVector ? [1, shape.channels] : [1, shape.channels, shape.height, shape.width]
    }
}
