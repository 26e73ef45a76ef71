// SPDX-License-Identifier: Apache-2.0

/// The tables of "Wide Residual Networks", Zagoruyko & Komodakis, arXiv 1605.07146v4.
///
/// The rows are as printed, mistakes included; the ``Errata`` of the inspection explain those.
package enum Paper {
    /// Table 1: the structure of the networks for small images.
    package static let structure = [
        PaperGroup(label: "conv1", extent: 32, channels: 16, isWidened: false),
        PaperGroup(label: "conv2", extent: 32, channels: 16, isWidened: true),
        PaperGroup(label: "conv3", extent: 16, channels: 32, isWidened: true),
        PaperGroup(label: "conv4", extent: 8, channels: 64, isWidened: true),
        PaperGroup(label: "avg-pool", extent: 1, channels: 64, isWidened: true),
    ]

    /// The rows of Tables 2 to 9 about networks of the zoo, in the paper's order.
    package static let rows =
        blockRows + deepeningRows + whitenedRows + comparedRows + dropoutRows + imageNetRows
        + bottleneckRows + bestRows

    /// The tables' titles by their numbers.
    package static let titles = [
        1: "the structure of the networks",
        2: "block types, width 2",
        3: "deepening factors, WRN-40-2",
        4: "CIFAR with ZCA whitening",
        5: "CIFAR without whitening and dropout",
        6: "dropout",
        7: "ImageNet, basic blocks",
        8: "ImageNet, bottleneck blocks",
        9: "the best results",
    ]
}

/// A row of the paper's Table 1: a group of the networks for small images.
package struct PaperGroup: Hashable, Sendable {
    /// The group's name in the table.
    package let label: String
    /// The rows and columns that leave it.
    package let extent: Int
    /// The channels that leave it at width 1.
    package let channels: Int
    /// Whether the channels grow with the width, and the group has N blocks.
    package let isWidened: Bool
}

/// A row of one of the paper's tables, as it is printed, with the network that it is about.
package struct PaperRow: Hashable, Sendable {
    /// A test error as the paper states it.
    package struct Result: Hashable, Sendable {
        /// The data set and measure, for example `CIFAR-10` or `ImageNet top-1`.
        package let benchmark: String
        /// The error in percent.
        package let error: Double
    }

    /// The number of the table.
    package let table: Int
    /// The row's name in the table.
    package let label: String
    /// The network's name, which ``Zoo/network(named:classes:dropout:inputChannels:)`` reads.
    package let network: String
    /// The classes of the network whose parameters are stated.
    package let classes: Int
    /// The depth that the row states.
    package let depth: Int
    /// The depth by the other rows' rule, where it differs; a note explains it.
    package let trueDepth: Int?
    /// The parameters as printed, for example `36.5M`; nil where the row states none.
    package let parameters: String?
    /// The right figure, where the printed one is wrong; a note explains it.
    package let trueParameters: String?
    /// The numbers of the ``Errata`` that concern the row.
    package let notes: [Int]
    /// The errors that the row states.
    package let results: [Result]

    init(
        _ table: Int, _ label: String, _ network: String, classes: Int = 10, depth: Int,
        trueDepth: Int? = nil, _ parameters: String? = nil, trueParameters: String? = nil,
        notes: [Int] = [], errors: [(String, Double)] = []
    ) {
        self.table = table
        self.label = label
        self.network = network
        self.classes = classes
        self.depth = depth
        self.trueDepth = trueDepth
        self.parameters = parameters
        self.trueParameters = trueParameters
        self.notes = notes
        self.results = errors.map { Result(benchmark: $0.0, error: $0.1) }
    }
}
