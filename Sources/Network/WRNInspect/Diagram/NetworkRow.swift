// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

/// A part of a network that its drawing has one line for: a stage of blocks, or a layer with what follows it.
struct NetworkRow {
    let label: String
    /// The names of what is in it.
    let names: String
    let shape: FeatureShape
    let parameters: Int
    let multiplyAdds: Int
    let fill: String

    /// The parts of a network in computing order, without the input.
    static func rows(of graph: Graph) -> [NetworkRow] {
        var blockOf: [NodeID: Int] = [:]
        let blocks = ResidualBlock.blocks(of: graph)
        for (index, block) in blocks.enumerated() {
            for node in block.nodes { blockOf[node.id] = index }
        }
        var rows: [NetworkRow] = []
        var layer: [Node] = []
        var stage: [ResidualBlock] = []
        func flush() {
            if let row = NetworkRow(layer: layer) { rows.append(row) }
            if let row = NetworkRow(stage: stage) { rows.append(row) }
            (layer, stage) = ([], [])
        }
        for node in graph.nodes.dropFirst() {
            if let index = blockOf[node.id] {
                let block = blocks[index]
                if stage.last == block { continue }
                let goesOn =
                    stage.last.map {
                        $0.output.id == block.input.id && $0.output.shape == block.output.shape
                    } ?? false
                if !goesOn { flush() }
                stage.append(block)
            } else {
                let goesOn = layer.last.map { node.inputs == [$0.id] } ?? false
                if !(goesOn && OperationFace(node).isPointwise) { flush() }
                layer.append(node)
            }
        }
        flush()
        return rows
    }

    private init?(layer nodes: [Node]) {
        guard let first = nodes.first, let last = nodes.last else { return nil }
        label = nodes.map { OperationFace($0).label }.joined(separator: ", ")
        names = nodes.map(\.name).joined(separator: ", ")
        shape = last.shape
        (parameters, multiplyAdds) = Self.counts(of: nodes)
        fill = OperationFace(first).fill
    }

    private init?(stage blocks: [ResidualBlock]) {
        guard let first = blocks.first, let last = blocks.last else { return nil }
        var kinds: [String] = []
        for block in blocks where !kinds.contains(block.kind) { kinds.append(block.kind) }
        label =
            (blocks.count == 1 ? "1 block " : "\(blocks.count) blocks ")
            + kinds.joined(separator: ", ")
        names = blocks.count == 1 ? first.name : "\(first.name) to \(last.name)"
        shape = last.output.shape
        (parameters, multiplyAdds) = Self.counts(of: blocks.flatMap(\.nodes))
        fill = Palette.blue
    }

    private static func counts(of nodes: [Node]) -> (Int, Int) {
        (
            nodes.lazy.flatMap(\.parameters).filter(\.isTrainable).map(\.shape.elementCount)
                .reduce(0, +),
            nodes.lazy.map(\.multiplyAdds).reduce(0, +)
        )
    }
}
