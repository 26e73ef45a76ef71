// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The graph that ends at these nodes: they, the input, and what they need of the rest, in the
    /// same order and with the same names.
    ///
    /// Its output is the last of the nodes. Nodes are numbered anew.
    ///
    /// - Precondition: There is at least one node, and all are this graph's.
    public func part(upTo ids: [NodeID]) -> Graph {
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
    /// Each stands right behind its node, so that nobody has to keep that node's result for it.
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
