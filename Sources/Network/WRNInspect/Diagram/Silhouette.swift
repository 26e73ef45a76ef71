// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

/// A network's outline: its width in channels at each depth, mirrored about an axis.
///
///     let silhouette = Silhouette(try WideResNet(name: "wrn-28-10").graph())
///     silhouette.isoperimetricQuotient   // 0.454; a rectangle has 0.785
///
/// Depth is counted in convolutions and linear layers on the longest way from the input to the
/// output; each is one position and one step of the outline. A linear layer is as wide as the
/// features that it reads, as the number of classes depends on the task.
///
/// Layers and channels have no common unit, so area and perimeter are those of the outline scaled
/// to a unit square: the depth is 1 and the greatest width is 1. With n positions of widths w and
/// the greatest width m,
///
///     area      = (sum over i of wᵢ) / (n·m)
///     perimeter = 2 + (w₁ + wₙ + sum over i of |wᵢ₊₁ - wᵢ|) / m
///
/// An outline that only grows has the perimeter 4 of the square itself, so that such networks
/// differ in their area alone: for the same perimeter a rectangle has more area than a pyramid. The
/// quotient measures form, not size: WRN-28-1 has nearly that of WRN-28-10.
package struct Silhouette: Hashable, Sendable {
    /// The channels that count as the width at a layer.
    package enum Measure: Hashable, Sendable {
        /// Those of the layer's result. Bottlenecks make the outline a comb, and wider ones fill
        /// its gaps.
        case layers
        /// Those of the residual stream that the layer's block adds to: the same for ResNet-50 and
        /// WRN-50-2.
        case stream
    }

    /// The channels at each position, in computing order.
    package let widths: [Int]

    /// Creates an outline of these widths.
    package init(widths: [Int]) {
        self.widths = widths
    }

    /// Reads a graph.
    package init(_ graph: Graph, measure: Measure = .layers) {
        let layers = Self.longestWay(through: graph).filter(\.isCounted)
        switch measure {
        case .layers:
            widths = layers.map { $0.channels(in: graph) }
        case .stream:
            var stream: [NodeID: Int] = [:]
            for block in ResidualBlock.blocks(of: graph) {
                for node in block.nodes { stream[node.id] = block.sum.shape.channels }
            }
            widths = layers.map { stream[$0.id] ?? $0.channels(in: graph) }
        }
    }

    /// The greatest width; 0 for a network without layers.
    package var greatestWidth: Int { widths.max() ?? 0 }

    /// The part of the outline's box that it fills, in `0...1`.
    package var area: Double {
        guard greatestWidth > 0 else { return 0 }
        return widths.map(Double.init).reduce(0, +) / Double(widths.count) / Double(greatestWidth)
    }

    /// The length of the outline around a depth of 1 and a greatest width of 1; at least 4.
    package var perimeter: Double {
        guard greatestWidth > 0, let first = widths.first, let last = widths.last else { return 0 }
        let steps = zip(widths, widths.dropFirst()).map { abs($0 - $1) }.reduce(0, +)
        return 2 + Double(first + last + steps) / Double(greatestWidth)
    }

    /// Q = 4π · area / perimeter²: 1 for a circle, π/4 = 0.785 for a rectangle, less for all else.
    package var isoperimetricQuotient: Double {
        perimeter > 0 ? 4 * Double.pi * area / (perimeter * perimeter) : 0
    }

    /// The nodes of the path from the input to the output with the most counted layers.
    private static func longestWay(through graph: Graph) -> [Node] {
        var depths = [Int](repeating: 0, count: graph.nodes.count)
        var sources = [NodeID?](repeating: nil, count: graph.nodes.count)
        for node in graph.nodes {
            for source in node.inputs {
                guard let best = sources[node.id.index], depths[best.index] >= depths[source.index]
                else {
                    sources[node.id.index] = source
                    continue
                }
            }
            let before = sources[node.id.index].map { depths[$0.index] } ?? 0
            depths[node.id.index] = before + (node.isCounted ? 1 : 0)
        }
        var way: [Node] = []
        var next: NodeID? = graph.output
        while let id = next {
            way.append(graph[id])
            next = sources[id.index]
        }
        return way.reversed()
    }
}

extension Node {
    /// Whether the node is a step in depth.
    fileprivate var isCounted: Bool {
        switch operation {
        case .convolution, .linear: true
        default: false
        }
    }

    fileprivate func channels(in graph: Graph) -> Int {
        if case .linear = operation { graph[inputs[0]].shape.channels } else { shape.channels }
    }
}
