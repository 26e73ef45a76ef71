// SPDX-License-Identifier: Apache-2.0

/// A row of one of the paper's tables, as it is printed, with the network that it is about.
public struct PaperRow: Hashable, Sendable {
    /// A test error as the paper states it.
    public struct Result: Hashable, Sendable {
        /// The data set and measure, for example `CIFAR-10` or `ImageNet top-1`.
        public let benchmark: String
        /// The error in percent.
        public let error: Double
    }

    /// The number of the table.
    public let table: Int
    /// The row's name in the table.
    public let label: String
    /// The network's name, which ``Zoo/network(named:classes:dropout:inputChannels:)`` reads.
    public let network: String
    /// The classes of the network whose parameters are stated.
    public let classes: Int
    /// The depth that the row states.
    public let depth: Int
    /// The depth by the other rows' rule, where it differs; a note explains it.
    public let trueDepth: Int?
    /// The parameters as printed, for example `36.5M`; nil where the row states none.
    public let parameters: String?
    /// The right figure, where the printed one is wrong; a note explains it.
    public let trueParameters: String?
    /// The numbers of the ``Errata`` that concern the row.
    public let notes: [Int]
    /// The errors that the row states.
    public let results: [Result]

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
