// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensor

/// A network in inference as other runtimes compute it: operations with their constants, in
/// computing order.
///
///     let network = try ExportedNetwork(graph, tensors: tensors)
///     for operation in network.operations { ... }
///
/// It is made of a graph and its tensors and is the same for every format: dropout is gone, and
/// batch normalisations are multiplied into convolutions where that is possible.
package struct ExportedNetwork: Sendable {
    /// One operation; shapes are those of one image.
    package struct Operation: Sendable {
        /// The name of the graph's node whose result it computes; unique in the network.
        package let name: String
        /// What it computes.
        package let kind: Kind
        /// Which operations it reads, by their places in ``ExportedNetwork/operations``.
        package let inputs: [Int]
        /// The shape of the result.
        package let shape: FeatureShape
        /// The graph's node whose result it computes.
        package let node: NodeID
        /// The name of the layer whose constants it has: of a convolution with a normalisation
        /// multiplied into it, the convolution's.
        package let layer: String
    }

    /// What an operation computes.
    package enum Kind: Sendable {
        /// The image that goes in.
        case input
        /// A convolution with the weight `[O, I, k, k]` and, if a normalisation was multiplied into
        /// it, one bias for each output channel.
        case convolution(Convolution, weight: Tensor, bias: [Float]?)
        /// A scale and a shift of each channel: `y = x · scale + shift`.
        case scaling(scale: [Float], shift: [Float])
        /// A batch normalisation with its tensors as they were trained.
        case normalization(
            epsilon: Double, scale: [Float], shift: [Float], mean: [Float], variance: [Float])
        /// A function of each value by itself.
        case activation(Activation)
        /// The sum of two results of one shape.
        case add
        /// Every few pixels, with channels of zeros around.
        case subsampling(Subsampling)
        /// The largest value of each window.
        case maxPooling(MaxPooling)
        /// The mean over all positions of each channel.
        case globalAveragePooling
        /// A fully connected layer with the weight `[O, I]`.
        case linear(weight: Tensor, bias: [Float])
        /// The softmax over the channels.
        case softmax
    }

    /// The graph that is exported; it ends at the output, before a softmax.
    package let graph: Graph
    /// The operations in computing order; the first is the input, and the last the output.
    package let operations: [Operation]

    /// The shape of an image that goes in.
    package var inputShape: FeatureShape { graph.inputShape }
    /// The last operation, whose result is the network's.
    package var output: Operation { operations[operations.count - 1] }

    /// For each operation, the places of those that read it.
    package var readers: [[Int]] {
        var readers = [[Int]](repeating: [], count: operations.count)
        for (place, operation) in operations.enumerated() {
            for source in operation.inputs { readers[source].append(place) }
        }
        return readers
    }
}

extension ExportedNetwork.Operation {
    /// Whether each image's result is a row of numbers and no feature map.
    package var isVector: Bool {
        switch kind {
        case .globalAveragePooling, .linear, .softmax: true
        default: false
        }
    }
}

// MARK: From a graph

extension ExportedNetwork {
    /// The name of the operation after the logits.
    package static let probabilitiesName = "probabilities"

    /// Makes the operations of a network.
    ///
    /// - Parameters:
    ///   - tensors: All tensors of the graph, in their shapes.
    ///   - output: The result; nodes behind it are left out.
    ///   - keepsNormalizations: Whether batch normalisations stay as they are.
    ///   - temperature: The number by which the logits of probabilities are divided; the head's
    ///     weights are, so that this takes no operation.
    /// - Throws: A `GraphError` for a layer that the network lacks, an ``ExportError`` for
    ///   probabilities of a network that does not end in logits, or for a missing tensor.
    package init(
        _ network: Graph, tensors: [String: Tensor], output: ExportOptions.Output = .logits,
        keepsNormalizations: Bool = false, temperature: Double = 1
    ) throws {
        var tensors = tensors
        if output == .probabilities, temperature != 1 {
            for parameter in network[network.output].parameters {
                tensors[parameter.name]?.withUnsafeMutableElements { elements in
                    for index in elements.indices {
                        elements[index] = Float(Double(elements[index]) / temperature)
                    }
                }
            }
        }
        var builder = Builder(tensors: tensors, keepsNormalizations: keepsNormalizations)
        switch output {
        case .logits, .probabilities: graph = network
        case .layer(let name): graph = network.part(upTo: [try network.layer(named: name)])
        }
        try builder.add(graph)
        if output == .probabilities {
            guard case .linear = graph[graph.output].operation else {
                throw ExportError(
                    .inexpressible,
                    "probabilities follow from the logits of a linear layer, and the network ends "
                        + "with \(graph[graph.output].name)")
            }
            builder.addSoftmax(graph)
        }
        operations = builder.operations
    }

    /// Adds the operations of a graph's nodes one after another.
    private struct Builder {
        let tensors: [String: Tensor]
        let keepsNormalizations: Bool
        var operations: [Operation] = []
        /// The place of the operation with a node's result.
        private var places: [Int] = []

        init(tensors: [String: Tensor], keepsNormalizations: Bool) {
            self.tensors = tensors
            self.keepsNormalizations = keepsNormalizations
        }

        mutating func add(_ graph: Graph) throws(ExportError) {
            let readers = graph.readers
            for node in graph.nodes {
                if case .dropout = node.operation {
                    places.append(places[node.inputs[0].index])
                    continue
                }
                if case .batchNormalization(let normalization) = node.operation {
                    let source = node.inputs[0]
                    let isAlone = readers[source.index].count == 1
                    try add(normalization, node, afterAlone: isAlone)
                    continue
                }
                append(node, try kind(of: node))
            }
        }

        mutating func addSoftmax(_ graph: Graph) {
            operations.append(
                Operation(
                    name: probabilitiesName, kind: .softmax, inputs: [places[graph.output.index]],
                    shape: graph.outputShape, node: graph.output,
                    layer: probabilitiesName))
        }

        private mutating func append(_ node: Node, _ kind: Kind) {
            places.append(operations.count)
            operations.append(
                Operation(
                    name: node.name, kind: kind, inputs: node.inputs.map { places[$0.index] },
                    shape: node.shape, node: node.id, layer: node.name))
        }

        private func kind(of node: Node) throws(ExportError) -> Kind {
            switch node.operation {
            case .input, .dropout: .input
            case .convolution(let convolution):
                .convolution(convolution, weight: try tensor(.weight, of: node), bias: nil)
            case .batchNormalization(let normalization):
                .normalization(
                    epsilon: normalization.epsilon, scale: try tensor(.scale, of: node).elements,
                    shift: try tensor(.shift, of: node).elements,
                    mean: try tensor(.runningMean, of: node).elements,
                    variance: try tensor(.runningVariance, of: node).elements)
            case .activation(let activation): .activation(activation)
            case .add: .add
            case .subsampling(let subsampling): .subsampling(subsampling)
            case .maxPooling(let pooling): .maxPooling(pooling)
            case .globalAveragePooling: .globalAveragePooling
            case .linear:
                .linear(
                    weight: try tensor(.weight, of: node),
                    bias: try tensor(.bias, of: node).elements)
            }
        }

        private func tensor(_ role: Parameter.Role, of node: Node) throws(ExportError) -> Tensor {
            guard let parameter = node.parameters.first(where: { $0.role == role }),
                let tensor = tensors[parameter.name], tensor.shape == parameter.shape
            else {
                throw ExportError(
                    .inexpressible,
                    "expected a tensor \(node.name).\(role) in its shape, found none; take the "
                        + "weights of the same network")
            }
            return tensor
        }

        /// Adds a batch normalisation: into the convolution that it alone reads, or as an operation
        /// of its own.
        private mutating func add(
            _ normalization: BatchNormalization, _ node: Node, afterAlone isAlone: Bool
        ) throws(ExportError) {
            let kept = try kind(of: node)
            guard !keepsNormalizations, let channels = ChannelScaling(kept) else {
                append(node, kept)
                return
            }
            let place = places[node.inputs[0].index]
            let before = operations[place]
            // A dropout between both leaves the place as it is.
            guard isAlone, before.node == node.inputs[0],
                case .convolution(let convolution, let weight, nil) = before.kind
            else {
                append(node, .scaling(scale: channels.scales, shift: channels.shifts))
                return
            }
            operations[place] = Operation(
                name: node.name,
                kind: .convolution(
                    convolution, weight: channels.scaled(weight), bias: channels.shifts),
                inputs: before.inputs, shape: node.shape, node: node.id, layer: before.layer)
            places.append(place)
        }
    }
}

/// What a batch normalisation does to each channel in inference, in double precision until it is
/// rounded.
private struct ChannelScaling {
    private let exact: [Double]
    let shifts: [Float]

    init?(_ kind: ExportedNetwork.Kind) {
        guard case .normalization(let epsilon, let scale, let shift, let mean, let variance) = kind
        else { return nil }
        exact = zip(scale, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
        shifts = zip(exact, zip(shift, mean)).map { Float(Double($1.0) - Double($1.1) * $0) }
    }

    var scales: [Float] { exact.map { Float($0) } }

    /// A convolution's weight `[O, I, k, k]`, each output channel times its scale.
    func scaled(_ weight: Tensor) -> Tensor {
        var weight = weight
        let size = weight.elements.count / max(exact.count, 1)
        weight.withUnsafeMutableElements { elements in
            for (channel, scale) in exact.enumerated() {
                for index in channel * size..<(channel + 1) * size {
                    elements[index] = Float(Double(elements[index]) * scale)
                }
            }
        }
        return weight
    }
}
