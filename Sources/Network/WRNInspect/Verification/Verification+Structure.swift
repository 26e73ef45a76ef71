// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNZoo

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
                // The first convolution and the mean are no groups of blocks.
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

    /// The first convolution, each run of blocks of one shape, and the mean: their shapes and numbers of blocks.
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
    /// What the table states: `16k channels at 32x32, N blocks`.
    fileprivate var words: String {
        let channels = isWidened ? "\(channels)k" : "\(channels)"
        let blocks = isWidened && extent > 1 ? ", N blocks" : ""
        return "\(channels) channels at \(extent)x\(extent)\(blocks)"
    }
}
