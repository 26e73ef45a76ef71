// SPDX-License-Identifier: Apache-2.0

extension Graph {
    /// The node whose result is the output of a layer, as a forward hook of PyTorch's on the module
    /// of that name sees it.
    ///
    /// A layer is a node, or a module: all nodes whose names begin with the module's name and a
    /// dot, and the node of just that name if there is one. A module's output is its last node's
    /// result. So `layer1.0` of a ResNet is the block after its last ReLU, `group1` of a WRN the
    /// sum that ends the group, and `bn` a normalisation before the ReLU that follows it. The input
    /// is no layer.
    ///
    /// - Throws: ``GraphError/invalidLayers(_:)`` for a name that no layer has, with the names
    ///   nearby.
    public func layer(named name: String) throws(GraphError) -> NodeID {
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

    /// What to say about a name that no layer has: what is in the innermost layer of the name that
    /// there is.
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
