// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// A residual network's layers with parameters, each with its place; read from the graph, not from
/// names.
///
/// A stage begins with a block that has a stride. Only that and the sums of the blocks are looked
/// at, so that every network which the zoo can build has an outline.
package struct NetworkOutline: Sendable {
    /// A node with parameters, and where it stands.
    package struct Layer: Sendable {
        package let place: LayerPlace
        package let node: Node
    }

    /// The graph that was read.
    package let graph: Graph
    /// The layers in computing order.
    package let layers: [Layer]
    /// What dialects depend on besides places.
    package let form: NetworkForm
    /// The readers of each node; the graph would search them anew each time.
    private let readers: [[NodeID]]

    package init(_ graph: Graph) {
        self.graph = graph
        readers = graph.readers
        let blocks = ResidualBlock.blocks(of: graph)
        var places: [NodeID: LayerPlace] = [:]
        var (stage, index) = (0, 0)
        for block in blocks {
            if block.name != blocks.first?.name, block.nodes.contains(where: \.hasStride) {
                (stage, index) = (stage + 1, 0)
            }
            let place = BlockPlace(stage: stage, block: index)
            let branch = block.entry + block.branch
            for (number, node) in branch.filter(\.isConvolution).enumerated() {
                places[node.id] = .convolution(place, number)
            }
            for (number, node) in Self.numberedNormalizations(of: branch) {
                places[node.id] = .normalization(place, number)
            }
            for node in block.shortcut where node.isConvolution {
                places[node.id] = .shortcutConvolution(place)
            }
            for node in block.shortcut where node.isNormalization {
                places[node.id] = .shortcutNormalization(place)
            }
            index += 1
        }
        let first = blocks.first?.nodes.first?.id ?? graph.output
        layers = graph.nodes.compactMap { node in
            guard !node.parameters.isEmpty else { return nil }
            let isBefore = node.id < first
            let place =
                places[node.id]
                ?? (node.isConvolution
                    ? .stemConvolution
                    : !node.isNormalization
                        ? .head : isBefore ? .stemNormalization : .finalNormalization)
            return Layer(place: place, node: node)
        }
        form = NetworkForm(
            isPreActivation: blocks.first?.nodes.first?.isNormalization ?? false,
            isLarge: graph.nodes.prefix { $0.id < first }.contains {
                if case .maxPooling = $0.operation { true } else { false }
            })
    }

    /// A branch's normalisations with the numbers of their convolutions, which follow them in
    /// pre-activation blocks, the first of which may have none, and come before them in others.
    private static func numberedNormalizations(
        of branch: [Node]
    ) -> [(number: Int, node: Node)] {
        var convolutions = 0
        let isPreActivation = branch.last?.isConvolution ?? false
        return branch.compactMap { node in
            if node.isConvolution { convolutions += 1 }
            guard node.isNormalization else { return nil }
            return (isPreActivation ? convolutions : convolutions - 1, node)
        }
    }

    /// The first normalisations that blocks of a dialect have in the file and this network has not.
    var placesWithoutNode: [LayerPlace] {
        guard form.isPreActivation else { return [] }
        let places = Set(layers.map(\.place))
        return layers.compactMap { layer in
            guard case .convolution(let block, 0) = layer.place,
                !places.contains(.normalization(block, 0))
            else { return nil }
            return .normalization(block, 0)
        }
    }

    /// The normalisation that reads a convolution's result and nothing else reads it; nil where
    /// there is none.
    package func normalization(behind convolution: Node) -> Node? {
        let readers = self.readers[convolution.id.index]
        guard readers.count == 1, graph[readers[0]].isNormalization else { return nil }
        return graph[readers[0]]
    }
}

extension Node {
    var isConvolution: Bool {
        if case .convolution = operation { true } else { false }
    }

    var isNormalization: Bool {
        if case .batchNormalization = operation { true } else { false }
    }

    fileprivate var hasStride: Bool {
        switch operation {
        case .convolution(let convolution): convolution.stride > 1
        case .subsampling(let subsampling): subsampling.stride > 1
        default: false
        }
    }
}
