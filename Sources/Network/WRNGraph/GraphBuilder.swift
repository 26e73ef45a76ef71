// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// Builds a ``Graph`` node by node and checks each as it comes.
///
///     var builder = GraphBuilder(input: FeatureShape(channels: 3, height: 32, width: 32))
///     let features = try builder.convolution(
///         Convolution(outputChannels: 16, kernelSize: 3), of: builder.input, name: "conv0")
///     let graph = try builder.graph(output: features)
package struct GraphBuilder {
    /// The most multiply-adds that the layers of a graph may have together, and the most
    /// parameters: far above any network that could be run, and low enough that no count of a graph
    /// overflows.
    package static let maximumCount = 1 << 60

    private var nodes: [Node]
    private var names: Set<String>
    private var multiplyAdds = 0
    private var parameterCount = 0

    /// Begins a graph that reads images of this shape.
    ///
    /// - Throws: ``GraphError/invalidAttribute(node:attribute:expected:actual:)`` unless each
    ///   extent is in `1...65536`.
    package init(input shape: FeatureShape) throws(GraphError) {
        for (name, extent) in [
            ("channels", shape.channels), ("height", shape.height), ("width", shape.width),
        ] where !(1...65_536).contains(extent) {
            throw .invalidAttribute(
                node: "input", attribute: name, expected: "in 1...65536", actual: "\(extent)")
        }
        nodes = [
            Node(
                id: NodeID(index: 0), name: "input", operation: .input(shape), inputs: [],
                shape: shape, parameters: [], multiplyAdds: 0)
        ]
        names = ["input"]
    }

    /// The input node.
    package var input: NodeID { NodeID(index: 0) }

    /// The shape of a node's result.
    package func shape(of id: NodeID) -> FeatureShape { nodes[id.index].shape }

    /// Adds a convolution with a weight named `name.weight`.
    ///
    /// - Throws: A ``GraphError`` when a number is out of range, the kernel is larger than the
    ///   padded input, or the graph would exceed ``maximumCount``.
    package mutating func convolution(
        _ convolution: Convolution, of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        let x = shape(of: source)
        try require(convolution.outputChannels, in: 1...1_048_576, "output channels", name)
        try require(convolution.kernelSize, in: 1...15, "kernel size", name)
        try require(convolution.stride, in: 1...16, "stride", name)
        try require(convolution.padding, in: 0...convolution.kernelSize, "padding", name)
        try require(convolution.endPadding, in: 0...convolution.kernelSize, "end padding", name)
        let k = convolution.kernelSize
        let y = try windows(
            of: x, kernelSize: k, stride: convolution.stride,
            padding: convolution.padding + convolution.endPadding,
            channels: convolution.outputChannels, name)
        let fanIn = x.channels * k * k
        let weight = Parameter(
            name: name + ".weight", shape: [y.channels, x.channels, k, k], role: .weight,
            initializer: .heNormal(fanIn: fanIn))
        return try add(
            .convolution(convolution), [source], name, y, [weight],
            multiplyAddsPerOutput: fanIn)
    }

    /// Adds a batch normalisation with `name.weight`, `.bias`, `.running_mean` and `.running_var`.
    ///
    /// - Throws: A ``GraphError`` when ε is not positive or the momentum is not in `0...1`.
    package mutating func batchNormalization(
        _ normalization: BatchNormalization = BatchNormalization(), of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        guard normalization.epsilon > 0, normalization.epsilon.isFinite else {
            throw .invalidAttribute(
                node: name, attribute: "epsilon", expected: "positive",
                actual: "\(normalization.epsilon)")
        }
        guard (0...1).contains(normalization.momentum) else {
            throw .invalidAttribute(
                node: name, attribute: "momentum", expected: "in 0...1",
                actual: "\(normalization.momentum)")
        }
        let x = shape(of: source)
        func vector(_ suffix: String, _ role: Parameter.Role, _ value: Float) -> Parameter {
            Parameter(
                name: name + suffix, shape: [x.channels], role: role, initializer: .constant(value))
        }
        return try add(
            .batchNormalization(normalization), [source], name, x,
            [
                vector(".weight", .scale, 1), vector(".bias", .shift, 0),
                vector(".running_mean", .runningMean, 0),
                vector(".running_var", .runningVariance, 1),
            ])
    }

    /// Adds a ReLU.
    ///
    /// - Throws: ``GraphError/duplicateName(_:)``.
    package mutating func relu(of source: NodeID, name: String) throws(GraphError) -> NodeID {
        try activation(.relu, of: source, name: name)
    }

    /// Adds an activation.
    ///
    /// - Throws: A ``GraphError`` when its slope is out of range.
    package mutating func activation(
        _ activation: Activation, of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        if case .leakyReLU(let slope) = activation, activation.problem != nil {
            throw .invalidAttribute(
                node: name, attribute: "slope", expected: "above 0 and below 1",
                actual: "\(slope)")
        }
        return try add(.activation(activation), [source], name, shape(of: source))
    }

    /// Adds a dropout.
    ///
    /// - Throws: A ``GraphError`` unless the probability is in `0 ..< 1`.
    package mutating func dropout(
        _ dropout: Dropout, of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        guard dropout.probability >= 0, dropout.probability < 1 else {
            throw .invalidAttribute(
                node: name, attribute: "dropout probability", expected: "at least 0 and below 1",
                actual: "\(dropout.probability)")
        }
        return try add(.dropout(dropout), [source], name, shape(of: source))
    }

    /// Adds the sum of two nodes of the same shape.
    ///
    /// - Throws: ``GraphError/shapeMismatch(node:expected:actual:)`` when the shapes differ.
    package mutating func add(
        _ first: NodeID, _ second: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        guard shape(of: first) == shape(of: second) else {
            throw .shapeMismatch(
                node: name, expected: "two inputs of one shape, \(shape(of: first))",
                actual: "\(shape(of: second))")
        }
        return try add(.add, [first, second], name, shape(of: first))
    }

    /// Adds a shortcut without parameters.
    ///
    /// - Throws: A ``GraphError`` when the stride is out of range or there are fewer channels than
    ///   come in.
    package mutating func subsampling(
        _ subsampling: Subsampling, of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        let x = shape(of: source)
        try require(subsampling.stride, in: 1...16, "stride", name)
        guard (x.channels...max(x.channels, 1_048_576)).contains(subsampling.outputChannels) else {
            throw .invalidAttribute(
                node: name, attribute: "output channels",
                expected: "at least the input's \(x.channels) and at most 1048576",
                actual: "\(subsampling.outputChannels)")
        }
        try require(
            subsampling.channelOffset, in: 0...subsampling.outputChannels - x.channels,
            "channel offset", name)
        let y = try windows(
            of: x, kernelSize: 1, stride: subsampling.stride, padding: 0,
            channels: subsampling.outputChannels, name)
        return try add(.subsampling(subsampling), [source], name, y)
    }

    /// Adds a max pooling.
    ///
    /// - Throws: A ``GraphError`` when a number is out of range, the padding is more than half a
    ///   window, so that a window could lie beside the image, or the window is larger than the
    ///   padded input.
    package mutating func maxPooling(
        _ pooling: MaxPooling, of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        let x = shape(of: source)
        try require(pooling.kernelSize, in: 1...15, "kernel size", name)
        try require(pooling.stride, in: 1...16, "stride", name)
        try require(pooling.padding, in: 0...pooling.kernelSize / 2, "padding", name)
        let y = try windows(
            of: x, kernelSize: pooling.kernelSize, stride: pooling.stride,
            padding: 2 * pooling.padding, channels: x.channels, name)
        return try add(.maxPooling(pooling), [source], name, y)
    }

    /// Adds the mean over all positions.
    ///
    /// - Throws: ``GraphError/duplicateName(_:)``.
    package mutating func globalAveragePooling(
        of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        let y = FeatureShape(channels: shape(of: source).channels, height: 1, width: 1)
        return try add(.globalAveragePooling, [source], name, y)
    }

    /// Adds a fully connected layer with `name.weight` and `name.bias`.
    ///
    /// - Throws: A ``GraphError`` when the source is not C x 1 x 1, there are no outputs, or the
    ///   graph would exceed ``maximumCount``.
    package mutating func linear(
        _ linear: Linear, of source: NodeID, name: String
    ) throws(GraphError) -> NodeID {
        let x = shape(of: source)
        guard x.pixelCount == 1 else {
            throw .shapeMismatch(node: name, expected: "\(x.channels)x1x1", actual: "\(x)")
        }
        try require(linear.outputs, in: 1...1_048_576, "outputs", name)
        let y = FeatureShape(channels: linear.outputs, height: 1, width: 1)
        let weight = Parameter(
            name: name + ".weight", shape: [linear.outputs, x.channels], role: .weight,
            initializer: .uniform(fanIn: x.channels))
        let bias = Parameter(
            name: name + ".bias", shape: [linear.outputs], role: .bias, initializer: .constant(0))
        return try add(
            .linear(linear), [source], name, y, [weight, bias],
            multiplyAddsPerOutput: x.channels)
    }

    /// Ends the graph: nodes that `output` does not need are left out.
    package func graph(output: NodeID) -> Graph {
        Graph(nodes: nodes, output: output).part(upTo: [output])
    }

    /// The shape of a result with one value for each place of a window on the padded input.
    ///
    /// - Parameter padding: The rows, or columns, that padding adds on both sides together.
    private func windows(
        of x: FeatureShape, kernelSize k: Int, stride: Int, padding: Int, channels: Int,
        _ node: String
    ) throws(GraphError) -> FeatureShape {
        guard x.height + padding >= k, x.width + padding >= k else {
            throw .shapeMismatch(
                node: node,
                expected:
                    "an input of at least \(k - padding)x\(k - padding) for a \(k)x\(k) kernel",
                actual: "\(x.height)x\(x.width)")
        }
        return FeatureShape(
            channels: channels, height: (x.height + padding - k) / stride + 1,
            width: (x.width + padding - k) / stride + 1)
    }

    private func require(
        _ value: Int, in range: ClosedRange<Int>, _ attribute: String, _ node: String
    ) throws(GraphError) {
        guard range.contains(value) else {
            throw .invalidAttribute(
                node: node, attribute: attribute,
                expected: "in \(range.lowerBound)...\(range.upperBound)", actual: "\(value)")
        }
    }

    private mutating func add(
        _ operation: LayerOperation, _ inputs: [NodeID], _ name: String, _ shape: FeatureShape,
        _ parameters: [Parameter] = [], multiplyAddsPerOutput: Int = 0
    ) throws(GraphError) -> NodeID {
        let (multiplyAdds, overflows) = shape.elementCount.multipliedReportingOverflow(
            by: multiplyAddsPerOutput)
        guard !overflows, multiplyAdds <= Self.maximumCount - self.multiplyAdds else {
            throw .invalidAttribute(
                node: name, attribute: "the multiply-adds of the network up to here",
                expected: "at most \(Self.maximumCount)", actual: "more")
        }
        let added = parameters.lazy.map(\.shape.elementCount).reduce(0, +)
        guard added <= Self.maximumCount - parameterCount else {
            throw .invalidAttribute(
                node: name, attribute: "the parameters of the network up to here",
                expected: "at most \(Self.maximumCount)", actual: "more")
        }
        guard names.insert(name).inserted else { throw .duplicateName(name) }
        self.multiplyAdds += multiplyAdds
        parameterCount += added
        let id = NodeID(index: nodes.count)
        nodes.append(
            Node(
                id: id, name: name, operation: operation, inputs: inputs, shape: shape,
                parameters: parameters, multiplyAdds: multiplyAdds))
        return id
    }
}
