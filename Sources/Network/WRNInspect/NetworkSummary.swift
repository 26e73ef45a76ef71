// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNTensor

/// A network's layers and residual blocks with their counts.
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
    /// The number of convolutions, 1x1 shortcuts included: for small images the paper's depth, less
    /// one where the first group needs no shortcut.
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

extension NetworkSummary {
    /// One node of the network.
    public struct Layer: Codable, Hashable, Sendable {
        /// The operation of a node, without its numbers.
        public enum Kind: Codable, Hashable, Sendable {
            /// The image that goes in.
            case input
            /// A convolution.
            case convolution
            /// A batch normalisation.
            case batchNormalization
            /// A function of each value by itself.
            case activation(Activation.Kind)
            /// Dropout.
            case dropout
            /// The sum of a residual and its shortcut.
            case add
            /// A shortcut without parameters.
            case subsampling
            /// The largest value of each window.
            case maxPooling
            /// The mean over all positions.
            case globalAveragePooling
            /// A fully connected layer.
            case linear
        }

        /// The dotted name, for example `group0.block0.conv1`.
        public let name: String
        /// The operation of the node.
        public let kind: Kind
        /// The block that the node belongs to; nil outside of blocks.
        public let block: String?
        /// Whether the node is on the block's shortcut and not on its branch.
        public let isShortcut: Bool
        /// The names of the nodes that it reads.
        public let inputs: [String]
        /// The kernel of a convolution or max pooling, `3x3`, with the stride behind a slash where
        /// it is not 1: `3x3/2`.
        public let kernel: String?
        /// The shape that goes in for one image, `CxHxW`.
        public let inputShape: String
        /// The shape of the result for one image, `CxHxW`.
        public let output: String
        /// The number of trainable parameters.
        public let parameters: Int
        /// The share of the network's parameters, in `0...1`.
        public let parameterShare: Double
        /// Whether gradient descent moves its parameters; nil where it has none.
        public let isTrainable: Bool?
        /// The number of floats in running statistics.
        public let runningStatistics: Int
        /// The multiply-adds for one image.
        public let multiplyAdds: Int
    }
}

extension NetworkSummary.Layer {
    init(_ node: Node, in graph: Graph, block: ResidualBlock?, total: Int) {
        name = node.name
        (kind, kernel) =
            switch node.operation {
            case .input: (.input, nil)
            case .convolution(let convolution):
                (.convolution, Self.kernel(convolution.kernelSize, convolution.stride))
            case .batchNormalization: (.batchNormalization, nil)
            case .activation(let activation): (.activation(activation.kind), nil)
            case .dropout: (.dropout, nil)
            case .add: (.add, nil)
            case .subsampling(let subsampling): (.subsampling, Self.kernel(1, subsampling.stride))
            case .maxPooling(let pooling):
                (.maxPooling, Self.kernel(pooling.kernelSize, pooling.stride))
            case .globalAveragePooling: (.globalAveragePooling, nil)
            case .linear: (.linear, nil)
            }
        self.block = block?.name
        isShortcut = block?.shortcut.contains { $0.id == node.id } ?? false
        inputShape = graph[node.inputs[0]].shape.description
        inputs = node.inputs.map { graph[$0].name }
        output = node.shape.description
        parameters = Self.count(node.parameters.filter(\.isTrainable))
        parameterShare = Double(parameters) / Double(max(total, 1))
        isTrainable = node.parameters.isEmpty ? nil : node.parameters.contains(where: \.isTrainable)
        runningStatistics = Self.count(node.parameters.filter { !$0.isTrainable })
        multiplyAdds = node.multiplyAdds
    }

    private static func count(_ parameters: [Parameter]) -> Int {
        parameters.map(\.shape.elementCount).reduce(0, +)
    }

    private static func kernel(_ size: Int, _ stride: Int) -> String {
        "\(size)x\(size)" + (stride == 1 ? "" : "/\(stride)")
    }
}

extension NetworkSummary {
    /// A residual block: consecutive layers that add to one shortcut.
    public struct Block: Codable, Hashable, Sendable {
        /// The block's name, for example `group0.block0`: also that of the sum that ends it.
        public let name: String
        /// The kernels of its residual branch in the paper's notation, for example `B(3,3)`.
        public let kind: String
        /// The shape of the result for one image, `CxHxW`.
        public let output: String
        /// The number of trainable parameters.
        public let parameters: Int
        /// The multiply-adds for one image.
        public let multiplyAdds: Int
    }
}

extension NetworkSummary.Block {
    init(_ block: ResidualBlock) {
        name = block.name
        kind = block.kind
        output = block.output.shape.description
        parameters = block.nodes.lazy.flatMap(\.parameters).filter(\.isTrainable)
            .map(\.shape.elementCount).reduce(0, +)
        multiplyAdds = block.nodes.lazy.map(\.multiplyAdds).reduce(0, +)
    }
}

extension NetworkSummary.Layer.Kind: RawRepresentable {
    /// Every kind that is no activation.
    private static let others: [Self] = [
        .input, .convolution, .batchNormalization, .dropout, .add, .subsampling, .maxPooling,
        .globalAveragePooling, .linear,
    ]

    /// Finds the kind with this name in JSON.
    public init?(rawValue: String) {
        let activation = Activation.Kind(rawValue: rawValue).map(Self.activation)
        guard let kind = activation ?? Self.others.first(where: { $0.rawValue == rawValue })
        else { return nil }
        self = kind
    }

    /// The name in JSON; activations have their own, such as `relu`.
    public var rawValue: String {
        switch self {
        case .input: "input"
        case .convolution: "convolution"
        case .batchNormalization: "batch_normalization"
        case .activation(let kind): kind.rawValue
        case .dropout: "dropout"
        case .add: "add"
        case .subsampling: "subsampling"
        case .maxPooling: "max_pooling"
        case .globalAveragePooling: "global_average_pooling"
        case .linear: "linear"
        }
    }
}
