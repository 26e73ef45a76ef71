// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNZoo

/// A check of the paper's tables: every stated structure and count against the built graph and the
/// closed form.
///
///     let verification = try Verification()
///     verification.passes        // true
///
/// A mistake of the paper passes if it is one of the known ``errata`` and the count is the one that
/// the explanation gives.
public struct Verification: Codable, Hashable, Sendable {
    /// The verdict on a row.
    public enum Verdict: String, Codable, Hashable, Sendable {
        /// The row states what the network has.
        case agrees
        /// The row is wrong or uses another rule, in a way that a note explains.
        case explained
        /// The row does not state what the network has.
        case disagrees
    }

    /// A row of a table.
    public struct Row: Codable, Hashable, Sendable {
        /// The number of the table; nil for a network in no table.
        public let table: Int?
        /// The row's name in the table.
        public let label: String
        /// The name of the network.
        public let network: String
        /// The classes of the network.
        public let classes: Int
        /// The depth that the row states.
        public let statedDepth: Int
        /// The depth of the graph: for Wide ResNets all convolutions, for ResNets the longest way
        /// through convolutions and linear layers.
        public let depth: Int
        /// The parameters that the row states, as printed; nil where it states none.
        public let statedParameters: String?
        /// The parameters of the graph.
        public let parameters: Int
        /// The parameters by the closed form.
        public let closedFormParameters: Int
        /// The verdict.
        public let verdict: Verdict
        /// The numbers of the errata that concern the row.
        public let notes: [Int]
    }

    /// A row of Table 1 in all networks that it was checked in.
    public struct Group: Codable, Hashable, Sendable {
        /// The group's name in the table.
        public let label: String
        /// The stated structure in words.
        public let stated: String
        /// The networks that agree.
        public let networks: [String]
        /// The verdict.
        public let verdict: Verdict
    }

    /// The rows of Table 1; empty where one network is verified.
    public let groups: [Group]
    /// The rows of the tables that state parameters.
    public let rows: [Row]
    /// The paper's known mistakes and ambiguities that concern the rows, each confirmed by
    /// counting.
    public let errata: [Erratum]

    /// Whether no row disagrees and every erratum is as explained.
    public var passes: Bool {
        groups.allSatisfy { $0.verdict != .disagrees }
            && rows.allSatisfy { $0.verdict != .disagrees } && errata.allSatisfy(\.isConfirmed)
    }

    /// Verifies all tables.
    ///
    /// - Throws: A ``GraphError`` when a network cannot be built.
    public init() throws(GraphError) {
        var rows: [Row] = []
        for row in Paper.rows where row.parameters != nil { rows.append(try Row(row)) }
        self.rows = rows
        groups = try Self.verifiedGroups()
        errata = try Erratum.all()
    }

    /// Verifies one network: the rows about it, or, where there is none, its graph against the
    /// closed form alone.
    ///
    /// - Throws: A ``GraphError`` when the network cannot be built.
    public init(_ network: any Architecture) throws(GraphError) {
        groups = []
        var rows: [Row] = []
        for row in Paper.rows
        where row.parameters != nil && row.network == network.name && row.classes == network.classes
        {
            rows.append(try Row(row))
        }
        if rows.isEmpty { rows = [try Row(network)] }
        self.rows = rows
        let notes = Set(rows.flatMap(\.notes))
        errata = try Erratum.all().filter { notes.contains($0.number) }
    }
}

extension Verification.Row {
    /// Verifies a row of the paper.
    init(_ row: PaperRow) throws(GraphError) {
        let network = try Zoo.network(named: row.network, classes: row.classes)
        let graph = try network.graph(
            height: network.usualImageSize, width: network.usualImageSize)
        table = row.table
        label = row.label
        self.network = network.name
        classes = network.classes
        statedDepth = row.depth
        depth = network.depth(of: graph)
        statedParameters = row.parameters
        parameters = graph.parameterCount
        closedFormParameters = network.closedFormParameterCount
        notes = row.notes
        verdict = Self.verdict(
            row, depth: depth, parameters: parameters, closedForm: closedFormParameters)
    }

    /// Verifies a network that is in no table.
    init(_ network: any Architecture) throws(GraphError) {
        let graph = try network.graph(
            height: network.usualImageSize, width: network.usualImageSize)
        table = nil
        label = network.name
        self.network = network.name
        classes = network.classes
        depth = network.depth(of: graph)
        // WRN-28-10 states its depth in its name.
        let parts = network.name.split(separator: "-")
        statedDepth = parts.lazy.compactMap { Int($0) }.first ?? depth
        statedParameters = nil
        parameters = graph.parameterCount
        closedFormParameters = network.closedFormParameterCount
        let explained = network.explainedDepth
        notes = explained?.notes ?? []
        let isRight = parameters == closedFormParameters
        verdict =
            !isRight
            ? .disagrees
            : statedDepth == depth ? .agrees : explained?.depth == depth ? .explained : .disagrees
    }

    private static func verdict(
        _ row: PaperRow, depth: Int, parameters: Int, closedForm: Int
    ) -> Verification.Verdict {
        guard parameters == closedForm, depth == row.trueDepth ?? row.depth,
            let wanted = (row.trueParameters ?? row.parameters).flatMap(RoundedCount.init),
            wanted == RoundedCount(parameters, decimals: wanted.decimals)
        else { return .disagrees }
        return row.trueDepth == nil && row.trueParameters == nil ? .agrees : .explained
    }
}

extension Architecture {
    /// The depth as the papers count it: convolutions of a Wide ResNet for small images, the
    /// longest way of all others.
    func depth(of graph: Graph) -> Int {
        self is WideResNet ? graph.convolutionCount : graph.sequentialDepth
    }

    /// The depth of a network whose name has another depth, with the notes that explain it.
    fileprivate var explainedDepth: (depth: Int, notes: [Int])? {
        guard let network = self as? WideResNet else { return nil }
        let convolutions = 3 * network.block.deepeningFactor * network.blocksPerGroup + 1
        // The first group has a shortcut's convolution unless it has 16 channels, as the image's
        // first has.
        let isThin = network.groupChannels[0] == 16
        let depth = convolutions + (isThin ? 2 : 3)
        guard depth != network.depth else { return nil }
        let notes = (network.depthRule == .twoPerBlock ? [1] : []) + (isThin ? [8] : [])
        return (depth, notes)
    }
}

extension Verification {
    /// Table 1 in every network of Table 4, from their graphs.
    static func verifiedGroups() throws(GraphError) -> [Group] {
        var matching = [[String]](repeating: [], count: Paper.structure.count)
        var count = 0
        for row in Paper.rows where row.table == 4 {
            count += 1
            let network = try WideResNet(name: row.network)
            let found = groups(of: try network.graph())
            for (index, group) in Paper.structure.enumerated() {
                let channels =
                    group.isWidened ? Int(Double(group.channels) * network.width) : group.channels
                let wanted = FeatureShape(
                    channels: channels, height: group.extent, width: group.extent)
                // The first convolution and the mean have no blocks.
                let blocks = (1...3).contains(index) ? network.blocksPerGroup : 0
                if index < found.count, found[index] == (wanted, blocks) {
                    matching[index].append(network.name)
                }
            }
        }
        return zip(Paper.structure, matching).map { group, networks in
            Group(
                label: group.label, stated: group.words, networks: networks,
                verdict: networks.count == count ? .agrees : .disagrees)
        }
    }

    /// The first convolution, each run of blocks of one shape, and the mean: their shapes and
    /// numbers of blocks.
    private static func groups(of graph: Graph) -> [(FeatureShape, Int)] {
        var groups: [(FeatureShape, Int)] = []
        for node in graph.nodes {
            switch node.operation {
            case .convolution where groups.isEmpty, .globalAveragePooling:
                groups.append((node.shape, 0))
            case .add where groups.last?.0 == node.shape && groups.last?.1 != 0:
                groups[groups.count - 1].1 += 1
            case .add: groups.append((node.shape, 1))
            default: continue
            }
        }
        return groups
    }
}

extension PaperGroup {
    /// The stated structure: `16k channels at 32x32, N blocks`.
    fileprivate var words: String {
        let channels = isWidened ? "\(channels)k" : "\(channels)"
        let blocks = isWidened && extent > 1 ? ", N blocks" : ""
        return "\(channels) channels at \(extent)x\(extent)\(blocks)"
    }
}
