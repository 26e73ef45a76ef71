// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// What a person wants to know about a network: its layers, its blocks, and their counts.
///
///     let summary = NetworkSummary(try WideResNet(name: "wrn-28-10").graph())
///     summary.parameters        // 36_479_194
///
/// All counts are of one image.
public struct NetworkSummary: Codable, Hashable, Sendable {
    /// The shape of an image that goes in, `CxHxW`.
    public let input: String
    /// The nodes in computing order, without the input.
    public let layers: [Layer]
    /// The residual blocks in computing order.
    public let blocks: [Block]
    /// The number of trainable parameters.
    public let parameters: Int
    /// The number of floats in running means and variances.
    public let runningStatistics: Int
    /// The number of convolutions, 1x1 shortcuts included: for small images the paper's depth, less one where the first group needs no
    /// shortcut.
    public let convolutions: Int
    /// The number of batch normalisations.
    public let batchNormalizations: Int
    /// The multiply-adds of convolutions and linear layers.
    public let multiplyAdds: Int
    /// The bytes of the parameters as float32.
    public let weightByteCount: Int

    /// The blocks by their names.
    var blocksByName: [String: Block] {
        Dictionary(blocks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads a graph.
    public init(_ graph: Graph) {
        input = graph.inputShape.description
        let blocks = ResidualBlock.blocks(of: graph)
        var owners: [NodeID: ResidualBlock] = [:]
        for block in blocks { for node in block.nodes { owners[node.id] = block } }
        let total = graph.parameterCount
        layers = graph.nodes.dropFirst().map {
            Layer($0, in: graph, block: owners[$0.id], total: total)
        }
        self.blocks = blocks.map(Block.init)
        parameters = total
        runningStatistics = graph.statisticsCount
        convolutions = layers.count { $0.kind == .convolution }
        batchNormalizations = layers.count { $0.kind == .batchNormalization }
        multiplyAdds = graph.multiplyAdds
        weightByteCount = total * MemoryLayout<Float>.size
    }
}
