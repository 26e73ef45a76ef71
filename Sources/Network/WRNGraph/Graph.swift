// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// A network as a value: typed nodes with names, shapes and parameters, in an order in which they
/// can be computed.
///
/// A graph holds no memory and knows no processor. It can only be made by a ``GraphBuilder``, which
/// checks every node as it is added, or be a part of such a graph, so every graph is well-formed:
/// sources come before their readers, shapes fit, and names are unique.
public struct Graph: Hashable, Sendable {
    /// The nodes in computing order; the first is the input.
    public let nodes: [Node]
    /// The node whose result is the network's: its logits.
    public let output: NodeID

    package init(nodes: [Node], output: NodeID) {
        self.nodes = nodes
        self.output = output
    }

    /// The node with this identifier.
    public subscript(id: NodeID) -> Node { nodes[id.index] }

    /// The shape of an image that goes in.
    public var inputShape: FeatureShape { nodes[0].shape }

    /// The shape of the result; for a classifier, classes x 1 x 1.
    public var outputShape: FeatureShape { self[output].shape }

    /// All parameters and running statistics, in the order of the nodes.
    public var parameters: [Parameter] { nodes.flatMap(\.parameters) }

    /// The number of trainable parameters.
    public var parameterCount: Int {
        parameters.lazy.filter(\.isTrainable).map(\.shape.elementCount).reduce(0, +)
    }

    /// The number of floats in the running statistics.
    public var statisticsCount: Int {
        parameters.lazy.filter { !$0.isTrainable }.map(\.shape.elementCount).reduce(0, +)
    }

    /// The multiply-adds of one image through all convolutions and linear layers.
    public var multiplyAdds: Int { nodes.lazy.map(\.multiplyAdds).reduce(0, +) }

    /// For each node, the nodes that read it, in order.
    public var readers: [[NodeID]] {
        var readers = [[NodeID]](repeating: [], count: nodes.count)
        for node in nodes {
            for source in node.inputs { readers[source.index].append(node.id) }
        }
        return readers
    }
}
