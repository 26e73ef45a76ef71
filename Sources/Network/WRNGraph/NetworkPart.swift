// SPDX-License-Identifier: Apache-2.0

/// A network that ends at some of its layers and gives out their results: features instead of
/// logits.
///
///     let part = try NetworkPart(of: graph, upTo: ["group1", "pool"])
///     part.outputs.map(\.shape)       // 64x16x16, 128x1x1
///
/// What no output needs is no node of ``graph``, and nothing of it is computed.
public struct NetworkPart: Hashable, Sendable {
    /// A result that is given out.
    public struct Output: Hashable, Sendable {
        /// The layer's name, as it was asked for; see ``Graph/layer(named:)``.
        public let name: String
        /// The node of ``NetworkPart/graph`` whose result it is.
        public let node: NodeID
        /// The shape of the result for one image.
        public let shape: FeatureShape
    }

    /// The nodes that the outputs need.
    public let graph: Graph
    /// The results that are given out, in the order in which they were asked for.
    public let outputs: [Output]

    /// Ends a network at layers.
    ///
    /// - Parameters:
    ///   - layers: Their names, each once; two may name the same result, as `layer2` and its last
    ///     block do.
    ///   - averaged: Whether each result is its mean over all positions, C x 1 x 1; what has one
    ///     position stays as it is.
    /// - Throws: ``GraphError/invalidLayers(_:)`` for no name, one that no layer has, and one that
    ///   is there twice.
    public init(
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

extension Graph {
    fileprivate func node(named name: String) -> NodeID? {
        nodes.first { $0.name == name }?.id
    }
}
