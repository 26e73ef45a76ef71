// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// A network as a value: typed nodes with names, shapes and parameters, in an order in which they
/// can be computed.
///
/// A graph holds no memory and does not depend on a processor. It is made by an architecture
/// (`Architecture.graph(height:width:)`), and every node is checked as it is added, so every graph
/// is well-formed: sources come before their readers, shapes fit, and names are unique.
public struct Graph: Hashable, Sendable {
    /// The nodes in computing order; the first is the input.
    package let nodes: [Node]
    /// The node whose result is the network's: its logits.
    package let output: NodeID

    package init(nodes: [Node], output: NodeID) {
        self.nodes = nodes
        self.output = output
    }

    /// The node with this identifier.
    package subscript(id: NodeID) -> Node { nodes[id.index] }

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
    package var readers: [[NodeID]] {
        var readers = [[NodeID]](repeating: [], count: nodes.count)
        for node in nodes {
            for source in node.inputs { readers[source.index].append(node.id) }
        }
        return readers
    }
}

extension Graph {
    /// The node whose result is the output of a layer, as a forward hook of PyTorch on the module
    /// of that name gets it.
    ///
    /// A layer is a node, or a module: all nodes whose names begin with the module's name and a
    /// dot, and the node of just that name if there is one. A module's output is its last node's
    /// result. So `layer1.0` of a ResNet is the block after its last ReLU, `group1` of a WRN the
    /// sum that ends the group, and `bn` a normalisation before the ReLU that follows it. The input
    /// is no layer.
    ///
    /// - Throws: ``GraphError/invalidLayers(_:)`` for a name that no layer has, with the names
    ///   nearby.
    package func layer(named name: String) throws(GraphError) -> NodeID {
        let inside = name + "."
        if let node = nodes.dropFirst().last(where: {
            $0.name == name || $0.name.hasPrefix(inside)
        }) {
            return node.id
        }
        throw .invalidLayers(unknownLayer(name))
    }

    /// The layers that are directly in a layer, or in the network, in the order in which they are
    /// first met.
    ///
    /// - Parameter parent: The name of a layer; nil for the network itself.
    public func layerNames(in parent: String? = nil) -> [String] {
        let prefix = parent.map { $0 + "." } ?? ""
        var names: [String] = []
        for node in nodes.dropFirst() where node.name.hasPrefix(prefix) {
            let own = node.name.dropFirst(prefix.count).prefix { $0 != "." }
            let name = prefix + own
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// The layer that the output is computed from: in a classifier the pooled features that its
    /// head reads.
    public var headInput: String? {
        self[output].inputs.first.map { self[$0].name }
    }

    /// The sentence about a name that no layer has, with the layers in the innermost existing layer
    /// of the name.
    private func unknownLayer(_ name: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false)
        while !parts.isEmpty {
            parts.removeLast()
            let parent = parts.joined(separator: ".")
            let known = layerNames(in: parts.isEmpty ? nil : parent)
            guard !known.isEmpty else { continue }
            let place = parts.isEmpty ? "the network's layers" : "the layers in \(parent)"
            return "there is no layer \"\(name)\"; \(place) are "
                + known.joined(separator: ", ")
        }
        return "there is no layer \"\(name)\", since the network has none"
    }
}
