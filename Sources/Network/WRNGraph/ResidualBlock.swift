// SPDX-License-Identifier: Apache-2.0

/// A residual block of a graph: the nodes that the branch and the shortcut share, the nodes of
/// each, and their sum.
///
///     let block = ResidualBlock.blocks(of: try WideResNet(name: "wrn-28-10").graph())[0]
///     block.entry.map(\.name)      // group0.block0.bn0, group0.block0.relu0
///     block.shortcut.map(\.name)   // group0.block0.shortcut
///
/// Blocks are found by structure: from a sum back through the nodes with one source whose dotted
/// names begin with the sum's.
package struct ResidualBlock: Hashable, Sendable {
    /// The block's name, for example `group0.block0`: also that of its sum.
    package let name: String
    /// The node outside of the block whose result it reads.
    package let input: Node
    /// The first nodes, whose result both the branch and the shortcut read; empty for a shortcut
    /// that is the identity or reads the block's own input.
    package let entry: [Node]
    /// The nodes of the residual branch, in computing order.
    package let branch: [Node]
    /// The nodes of the shortcut, in computing order; empty for the identity.
    package let shortcut: [Node]
    /// The node that adds both.
    package let sum: Node
    /// The nodes after the sum within the block, such as the ReLU of a post-activation block.
    package let tail: [Node]

    /// The node whose result is the block's.
    package var output: Node { tail.last ?? sum }

    /// Whether the shortcut is the identity.
    package var hasIdentityShortcut: Bool { shortcut.isEmpty }

    /// All nodes of the block, in computing order.
    package var nodes: [Node] {
        (entry + branch + shortcut + [sum] + tail).sorted { $0.id < $1.id }
    }

    /// The kernels of the residual branch in the paper's notation, for example `B(3,3)`.
    package var kind: String {
        "B(\((entry + branch).compactMap(\.kernelSize).map(String.init).joined(separator: ",")))"
    }
}

extension ResidualBlock {
    /// The residual blocks of a network in computing order.
    ///
    /// A sum whose two paths do not start at one node belongs to no block and is left out.
    package static func blocks(of graph: Graph) -> [ResidualBlock] {
        let readers = graph.readers
        return graph.nodes.lazy.filter { $0.operation == .add }.compactMap {
            ResidualBlock(sum: $0, in: graph, readers: readers)
        }
    }

    private init?(sum: Node, in graph: Graph, readers: [[NodeID]]) {
        let prefix = sum.name + "."
        /// The nodes of the block from which one source of the sum is computed.
        func way(to end: NodeID) -> (input: NodeID, nodes: [Node]) {
            var nodes: [Node] = []
            var id = end
            while graph[id].name.hasPrefix(prefix), graph[id].inputs.count == 1 {
                nodes.append(graph[id])
                id = graph[id].inputs[0]
            }
            return (id, nodes.reversed())
        }
        guard sum.inputs.count == 2 else { return nil }
        var (branch, shortcut) = (way(to: sum.inputs[0]), way(to: sum.inputs[1]))
        guard branch.input == shortcut.input else { return nil }
        if Self.weight(of: shortcut.nodes) > Self.weight(of: branch.nodes) {
            swap(&branch, &shortcut)
        }
        let shared = zip(branch.nodes, shortcut.nodes).prefix { $0.0.id == $0.1.id }.count
        name = sum.name
        input = graph[branch.input]
        entry = Array(branch.nodes.prefix(shared))
        self.branch = Array(branch.nodes.dropFirst(shared))
        self.shortcut = Array(shortcut.nodes.dropFirst(shared))
        self.sum = sum
        var tail: [Node] = []
        var last = sum.id
        while readers[last.index].count == 1, let next = readers[last.index].first,
            graph[next].name.hasPrefix(prefix), graph[next].inputs.count == 1
        {
            tail.append(graph[next])
            last = next
        }
        self.tail = tail
    }

    /// The weight by which the heavier of two paths is the branch: convolutions, then
    /// multiply-adds, then nodes.
    private static func weight(of nodes: [Node]) -> (Int, Int, Int) {
        (
            nodes.count { $0.kernelSize != nil }, nodes.map(\.multiplyAdds).reduce(0, +),
            nodes.count
        )
    }
}

extension Node {
    /// The kernel's height and width where the node is a convolution.
    fileprivate var kernelSize: Int? {
        if case .convolution(let convolution) = operation { convolution.kernelSize } else { nil }
    }
}
