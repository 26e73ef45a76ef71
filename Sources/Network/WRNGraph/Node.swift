// SPDX-License-Identifier: Apache-2.0

/// A node's place in its graph: nodes are numbered in an order in which they can be computed.
public struct NodeID: Hashable, Sendable, Comparable {
    /// The index into ``Graph/nodes``.
    public let index: Int

    package init(index: Int) {
        self.index = index
    }

    /// Whether `lhs` is computed before `rhs`.
    public static func < (lhs: NodeID, rhs: NodeID) -> Bool {
        lhs.index < rhs.index
    }
}

/// One operation of a network, with its name, its sources and the shape of its result.
public struct Node: Hashable, Sendable {
    /// The node's place in the graph.
    public let id: NodeID
    /// A dotted name, unique in the graph and stable over versions, for example
    /// `group1.block0.conv1`.
    public let name: String
    /// What the node computes.
    public let operation: LayerOperation
    /// The nodes whose results it reads.
    public let inputs: [NodeID]
    /// The shape of its result for one image.
    public let shape: FeatureShape
    /// Its parameters and running statistics, in the order in which checkpoints list them.
    public let parameters: [Parameter]
    /// The multiply-adds of convolutions and linear layers for one image; zero for all else.
    public let multiplyAdds: Int
}
