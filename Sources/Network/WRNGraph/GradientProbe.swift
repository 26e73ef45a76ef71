// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// A classifier's graph with a parameter whose gradient is the gradient of a layer's result, summed
/// over its positions.
///
/// Behind the layer stands a normalisation with running statistics 0 and 1, γ = 1 and β = 0, which
/// changes nothing; the gradient of its β in channel k is
///
///     sum over positions p of d loss / d a[k, p]
///
/// The head has one more output, which is always 0. With the targets e of two classes the gradients
/// of the cross-entropy at the logits are softmax - e, so that their difference for the added
/// output and for class c is the gradient of the logit c alone.
package struct GradientProbe: Sendable {
    /// The network with the normalisation and the further output; dropout passes everything.
    package let graph: Graph
    /// The names of γ, β, the running mean and the running variance.
    package let parameters: [Parameter]
    /// The names of the head's weight and bias, which have one more row.
    package let headParameters: [Parameter]

    /// Puts a probe behind a node; nil where the network does not end in a linear layer, or with
    /// that node.
    package init?(in network: Graph, behind probed: NodeID) {
        guard case .linear = network[network.output].operation, probed != network.output else {
            return nil
        }
        var numbers = network.nodes.map(\.id)
        var nodes: [Node] = []
        var added: [Parameter] = []
        var head: [Parameter] = []
        for node in network.nodes {
            let inputs = node.inputs.map { numbers[$0.index] }
            numbers[node.id.index] = NodeID(index: nodes.count)
            var (operation, shape, parameters) = (node.operation, node.shape, node.parameters)
            if case .dropout = operation { operation = .dropout(Dropout(probability: 0)) }
            if node.id == network.output {
                shape = FeatureShape(channels: shape.channels + 1, height: 1, width: 1)
                operation = .linear(Linear(outputs: shape.channels))
                parameters = parameters.map { parameter in
                    let extents = [shape.channels] + parameter.shape.extents.dropFirst()
                    return Parameter(
                        name: parameter.name, shape: TensorShape(extents), role: parameter.role,
                        initializer: parameter.initializer)
                }
                head = parameters
            }
            nodes.append(
                Node(
                    id: NodeID(index: nodes.count), name: node.name, operation: operation,
                    inputs: inputs, shape: shape, parameters: parameters,
                    multiplyAdds: node.multiplyAdds))
            guard node.id == probed else { continue }
            let name = Self.freeName(in: network)
            let roles: [(String, Parameter.Role, Float)] = [
                (".weight", .scale, 1), (".bias", .shift, 0), (".running_mean", .runningMean, 0),
                (".running_var", .runningVariance, 1),
            ]
            added = roles.map { suffix, role, value in
                Parameter(
                    name: name + suffix, shape: TensorShape([node.shape.channels]), role: role,
                    initializer: .constant(value))
            }
            numbers[node.id.index] = NodeID(index: nodes.count)
            nodes.append(
                Node(
                    id: NodeID(index: nodes.count), name: name,
                    operation: .batchNormalization(BatchNormalization(epsilon: Self.epsilon)),
                    inputs: [NodeID(index: nodes.count - 1)], shape: node.shape,
                    parameters: added, multiplyAdds: 0))
        }
        graph = Graph(nodes: nodes, output: numbers[network.output.index])
        parameters = added
        headParameters = head
    }

    /// An ε that is lost beside the variance 1.
    private static let epsilon = 0x1p-60

    private static func freeName(in network: Graph) -> String {
        let names = Set(network.nodes.map(\.name))
        var name = "probe"
        while names.contains(name) { name += "_" }
        return name
    }
}
