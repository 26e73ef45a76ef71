// SPDX-License-Identifier: Apache-2.0

public import WRNTensor

/// A node's place in its graph: nodes are numbered in an order in which they can be computed.
package struct NodeID: Hashable, Sendable, Comparable {
    /// The index into ``Graph/nodes``.
    package let index: Int

    package init(index: Int) {
        self.index = index
    }

    /// Whether `lhs` is computed before `rhs`.
    package static func < (lhs: NodeID, rhs: NodeID) -> Bool {
        lhs.index < rhs.index
    }
}

/// One operation of a network, with its name, its sources and the shape of its result.
package struct Node: Hashable, Sendable {
    /// The node's place in the graph.
    package let id: NodeID
    /// A dotted name, unique in the graph and stable over versions, for example
    /// `group1.block0.conv1`.
    package let name: String
    /// The operation of the node.
    package let operation: LayerOperation
    /// The nodes whose results it reads.
    package let inputs: [NodeID]
    /// The shape of its result for one image.
    package let shape: FeatureShape
    /// Its parameters and running statistics, in the order in which checkpoints list them.
    package let parameters: [Parameter]
    /// The multiply-adds of convolutions and linear layers for one image; zero for all else.
    package let multiplyAdds: Int
}

/// A tensor that belongs to a node: its name, shape, role and first value.
public struct Parameter: Hashable, Sendable {
    /// The role of the tensor in its node.
    public enum Role: Hashable, Sendable {
        /// A convolution's or linear layer's weight.
        case weight
        /// A linear layer's bias.
        case bias
        /// A batch normalisation's γ.
        case scale
        /// A batch normalisation's β.
        case shift
        /// A batch normalisation's running mean: a statistic, not trained.
        case runningMean
        /// A batch normalisation's running variance: a statistic, not trained.
        case runningVariance
    }

    /// The initialisation of the tensor in a new network.
    public enum Initializer: Hashable, Sendable {
        /// Every element is this number.
        case constant(Float)
        /// Normal with mean 0 and variance `2 / fanIn` (He et al. 2015, equation 10; the authors'
        /// `MSRinit`).
        case heNormal(fanIn: Int)
        /// Uniform in ±1/sqrt(fanIn): what Torch gives a linear layer.
        case uniform(fanIn: Int)
    }

    /// The full name, `node.suffix`, with PyTorch's suffixes: `weight`, `bias`, `running_mean`,
    /// `running_var`.
    public let name: String
    /// The extents; convolution weights are `[O, I, kH, kW]`.
    public let shape: TensorShape
    /// The role of the tensor in its node.
    public let role: Role
    /// The initialisation in a new network.
    public let initializer: Initializer

    /// Whether gradient descent moves it; running statistics are not trained.
    public var isTrainable: Bool {
        role != .runningMean && role != .runningVariance
    }
}

/// The shape of one image's features: channels, height and width, without the batch.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
    /// The number of channels, C.
    public let channels: Int
    /// The number of rows, H.
    public let height: Int
    /// The number of columns, W.
    public let width: Int

    /// Creates a shape from its three extents.
    public init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// The number of values of one image: C · H · W.
    public var elementCount: Int { channels * height * width }

    /// The number of positions: H · W.
    public var pixelCount: Int { height * width }

    /// `CxHxW`, for example `16x32x32`.
    public var description: String { "\(channels)x\(height)x\(width)" }
}
