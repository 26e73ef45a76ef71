// SPDX-License-Identifier: Apache-2.0

/// A network that ends at some of its layers and gives out their results: features instead of
/// logits.
///
///     let part = try NetworkPart(of: graph, upTo: ["group1", "pool"])
///     part.outputs.map(\.shape)       // 64x16x16, 128x1x1
///
/// Nodes that no output needs are left out of ``graph`` and are not computed.
package struct NetworkPart: Hashable, Sendable {
    /// A result that is given out.
    package struct Output: Hashable, Sendable {
        /// The layer's name, as it was given; see ``Graph/layer(named:)``.
        package let name: String
        /// The node of ``NetworkPart/graph`` whose result it is.
        package let node: NodeID
        /// The shape of the result for one image.
        package let shape: FeatureShape
    }

    /// The nodes that the outputs need.
    package let graph: Graph
    /// The results that are given out, in the order in which they were named.
    package let outputs: [Output]

    /// Ends a network at layers.
    ///
    /// - Parameters:
    ///   - layers: Their names, each once; two may name the same result, as `layer2` and its last
    ///     block do.
    ///   - averaged: Whether each result is its mean over all positions, C x 1 x 1; what has one
    ///     position stays as it is.
    /// - Throws: ``GraphError/invalidLayers(_:)`` for no name, one that no layer has, and one that
    ///   is there twice.
    package init(
        of network: Graph, upTo layers: [String], averaged: Bool = false
    ) throws(GraphError) {
        guard !layers.isEmpty else {
            throw .invalidLayers(
                "expected the name of a layer, found none; the network's layers are "
                    + network.layerNames().joined(separator: ", "))
        }
        var ends: [Node] = []
        for (index, layer) in layers.enumerated() {
            guard !layers[..<index].contains(layer) else {
                throw .invalidLayers("the layer \"\(layer)\" is named twice; name it once")
            }
            ends.append(network[try network.layer(named: layer)])
        }
        let wide = Set(ends.filter { averaged && $0.shape.pixelCount > 1 }.map(\.id))
        let whole = try network.addingMeans(of: wide)
        // Numbers change; names are unique, and stay.
        let names = ends.map { wide.contains($0.id) ? $0.name + ".mean" : $0.name }
        let part = whole.part(upTo: names.compactMap(whole.node(named:)))
        graph = part
        outputs = zip(layers, names).compactMap { layer, name in
            part.node(named: name).map {
                Output(name: layer, node: $0, shape: part[$0].shape)
            }
        }
    }
}

extension NetworkPart {
    /// Ends a network at nodes, of which each is there once; an output has its node's name.
    ///
    /// - Precondition: There is at least one node, and all are the network's.
    package init(of network: Graph, at nodes: [NodeID]) {
        let names = nodes.map { network[$0].name }
        let part = network.part(upTo: nodes)
        graph = part
        outputs = names.compactMap { name in
            part.node(named: name).map { Output(name: name, node: $0, shape: part[$0].shape) }
        }
    }
}

extension Graph {
    fileprivate func node(named name: String) -> NodeID? {
        nodes.first { $0.name == name }?.id
    }
}

extension Graph {
    /// The graph that ends at these nodes: they, the input, and what they need of the rest, in the
    /// same order and with the same names.
    ///
    /// Its output is the last of the nodes. Nodes are numbered anew.
    ///
    /// - Precondition: There is at least one node, and all are this graph's.
    package func part(upTo ids: [NodeID]) -> Graph {
        guard let last = ids.max() else {
            preconditionFailure("a part of a graph ends at one node at least")
        }
        var isNeeded = [Bool](repeating: false, count: nodes.count)
        isNeeded[0] = true
        for id in ids { isNeeded[id.index] = true }
        for node in nodes.reversed() where isNeeded[node.id.index] {
            for source in node.inputs { isNeeded[source.index] = true }
        }
        var renumbering = Renumbering(of: self)
        for node in nodes where isNeeded[node.id.index] { renumbering.keep(node) }
        return renumbering.graph(output: last)
    }

    /// The graph with the mean over all positions behind each of some nodes, called `node.mean`;
    /// nothing reads it.
    ///
    /// Each stands right behind its node, so that the node's result need not be kept for it.
    ///
    /// - Throws: ``GraphError/duplicateName(_:)``.
    func addingMeans(of ids: Set<NodeID>) throws(GraphError) -> Graph {
        var renumbering = Renumbering(of: self)
        let names = Set(nodes.map(\.name))
        for node in nodes {
            renumbering.keep(node)
            guard ids.contains(node.id) else { continue }
            let name = node.name + ".mean"
            guard !names.contains(name) else { throw .duplicateName(name) }
            renumbering.addMean(of: node, name: name)
        }
        return renumbering.graph(output: output)
    }
}

/// Copies nodes of a graph, in their order, to another, where they have other numbers.
private struct Renumbering {
    private var numbers: [NodeID]
    private var kept: [Node] = []

    init(of graph: Graph) {
        numbers = graph.nodes.map(\.id)
    }

    mutating func keep(_ node: Node) {
        let id = NodeID(index: kept.count)
        numbers[node.id.index] = id
        kept.append(
            Node(
                id: id, name: node.name, operation: node.operation,
                inputs: node.inputs.map { numbers[$0.index] }, shape: node.shape,
                parameters: node.parameters, multiplyAdds: node.multiplyAdds))
    }

    mutating func addMean(of node: Node, name: String) {
        kept.append(
            Node(
                id: NodeID(index: kept.count), name: name, operation: .globalAveragePooling,
                inputs: [numbers[node.id.index]],
                shape: FeatureShape(channels: node.shape.channels, height: 1, width: 1),
                parameters: [], multiplyAdds: 0))
    }

    func graph(output: NodeID) -> Graph {
        Graph(nodes: kept, output: numbers[output.index])
    }
}
