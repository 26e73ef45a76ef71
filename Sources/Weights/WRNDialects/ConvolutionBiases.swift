// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

/// Moves the biases of convolutions, which a graph has none of, into the layers that read them.
///
/// A bias adds a constant b to each channel. A normalisation whose running mean is larger by b
/// takes it away again exactly:
///
///     (x + b - (μ + b)) / σ · γ + β  =  (x - μ) / σ · γ + β
///
/// so its mean is moved by -b, and later layers compute the same. A constant passes sums, where it
/// adds up, and shortcuts that are the identity; a 1x1 convolution that reads it makes another
/// constant of it, `W·b`, whatever its stride; and a linear layer adds `W·b` to its bias. It cannot
/// pass an activation, nor a convolution that pads, whose borders read fewer of it.
struct ConvolutionBiases {
    /// A node with a constant in its input that it cannot absorb.
    struct Obstacle: Error {
        let node: String
    }

    let graph: Graph

    /// Changes `tensors` so that the graph without biases computes what it did with them.
    func move(
        _ biases: [NodeID: [Float]], into tensors: inout [String: Tensor]
    ) throws(Obstacle) {
        /// For each node the constant that its result lacks, in doubles so that long sums stay
        /// exact; nil for none.
        var offsets = [[Double]?](repeating: nil, count: graph.nodes.count)
        for node in graph.nodes {
            let reaching = node.inputs.map { offsets[$0.index] }
            offsets[node.id.index] = try offset(of: node, reaching, biases, &tensors)
        }
        guard offsets[graph.output.index] == nil else {
            throw Obstacle(node: graph[graph.output].name)
        }
    }

    private func offset(
        of node: Node, _ reaching: [[Double]?], _ biases: [NodeID: [Float]],
        _ tensors: inout [String: Tensor]
    ) throws(Obstacle) -> [Double]? {
        let input = reaching.first ?? nil
        switch node.operation {
        case .convolution:
            let own = biases[node.id].flatMap { bias in
                bias.allSatisfy { $0 == 0 } ? nil : bias.map(Double.init)
            }
            guard let input else { return own }
            guard case .convolution(let convolution) = node.operation,
                convolution.kernelSize == 1, convolution.padding == 0
            else { throw Obstacle(node: node.name) }
            let passed = product(node, input, tensors)
            return own.map { zip($0, passed).map(+) } ?? passed
        case .batchNormalization:
            if let input { change(node, .runningMean, by: input.map { -$0 }, &tensors) }
            return nil
        case .add:
            let parts = reaching.compactMap(\.self)
            return parts.dropFirst().reduce(parts.first) { sum, part in
                sum.map { zip($0, part).map(+) }
            }
        case .subsampling(let subsampling):
            return input.map {
                let before = subsampling.channelOffset
                let behind = subsampling.outputChannels - before - $0.count
                return [Double](repeating: 0, count: before) + $0
                    + [Double](repeating: 0, count: behind)
            }
        case .dropout, .maxPooling, .globalAveragePooling:
            return input
        case .linear:
            if let input { change(node, .bias, by: product(node, input, tensors), &tensors) }
            return nil
        case .activation, .input:
            guard input == nil else { throw Obstacle(node: node.name) }
            return nil
        }
    }

    private func product(
        _ node: Node, _ input: [Double], _ tensors: [String: Tensor]
    ) -> [Double] {
        guard let name = node.parameters.first(where: { $0.role == .weight })?.name,
            let weight = tensors[name]
        else { return [] }
        return (0..<node.shape.channels).map { row in
            input.indices.reduce(0) {
                $0 + input[$1] * Double(weight.elements[row * input.count + $1])
            }
        }
    }

    private func change(
        _ node: Node, _ role: Parameter.Role, by change: [Double],
        _ tensors: inout [String: Tensor]
    ) {
        guard let name = node.parameters.first(where: { $0.role == role })?.name,
            let old = tensors[name]
        else { return }
        tensors[name] = Tensor(
            shape: old.shape,
            elements: zip(old.elements, change).map { Float(Double($0) + $1) })
    }
}
