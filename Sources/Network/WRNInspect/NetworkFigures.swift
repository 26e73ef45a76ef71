// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
package import WRNZoo

/// The figures by which networks are compared; all counts are of one image.
package struct NetworkFigures: Codable, Hashable, Sendable {
    /// An error that the paper states.
    package struct StatedError: Codable, Hashable, Sendable {
        /// The number of the table.
        package let table: Int
        /// The row's name in the table.
        package let label: String
        /// The data set and measure.
        package let benchmark: String
        /// The error in percent.
        package let error: Double
    }

    /// The network's name.
    package let name: String
    /// The shape of an image that goes in, `CxHxW`.
    package let input: String
    /// The number of classes.
    package let classes: Int
    /// The depth as the papers count it: all convolutions of a Wide ResNet for small images, and
    /// the longest path of all other networks.
    package let depth: Int
    /// The most channels of a feature map.
    package let widestChannels: Int
    /// The residual blocks.
    package let blocks: Int
    /// The convolutions and linear layers that run one after another.
    package let sequentialSteps: Int
    /// The trainable parameters.
    package let parameters: Int
    /// The multiply-adds of convolutions and linear layers.
    package let multiplyAdds: Int
    /// The values that convolutions and linear layers put out.
    package let activations: Int
    /// The errors that the paper states for the network.
    package let paperErrors: [StatedError]

    /// Reads a network and its graph.
    package init(_ network: any Architecture, _ graph: Graph) {
        name = network.name
        input = graph.inputShape.description
        classes = network.classes
        depth = network.depth(of: graph)
        // The logits are classes, not features.
        widestChannels = graph.nodes.dropLast().map(\.shape.channels).max() ?? 0
        blocks = graph.nodes.count { $0.operation == .add }
        sequentialSteps = graph.sequentialDepth
        parameters = graph.parameterCount
        multiplyAdds = graph.multiplyAdds
        activations = graph.nodes.lazy.filter { $0.multiplyAdds > 0 }
            .map(\.shape.elementCount).reduce(0, +)
        paperErrors = Paper.rows.filter { $0.network == network.name }.flatMap { row in
            row.results.map {
                StatedError(
                    table: row.table, label: row.label, benchmark: $0.benchmark, error: $0.error)
            }
        }
    }
}

extension Graph {
    /// The number of convolutions and linear layers on the longest path from the image to the
    /// result, which run one after another.
    ///
    /// He et al. call it the depth of a ResNet.
    public var sequentialDepth: Int {
        var depths: [Int] = []
        for node in nodes {
            let before = node.inputs.map { depths[$0.index] }.max() ?? 0
            switch node.operation {
            case .convolution, .linear: depths.append(before + 1)
            default: depths.append(before)
            }
        }
        return depths[output.index]
    }

    /// The number of convolutions, shortcuts included, which the paper calls the depth of a Wide
    /// ResNet.
    public var convolutionCount: Int {
        nodes.count { if case .convolution = $0.operation { true } else { false } }
    }
}
