// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The counts of every family")
struct FamilyCountTests {
    @Test(
        "are those of the networks that the paper has and compares with",
        arguments: FamilyCounts.all)
    func areKnown(row: FamilyCounts) throws {
        let network = try Zoo.network(named: row.name, classes: row.classes)
        let graph = try network.graph(
            height: network.usualImageSize, width: network.usualImageSize)
        #expect(network.name == row.name)
        #expect(graph.parameterCount == row.parameters)
        #expect(network.closedFormParameterCount == row.parameters)
        #expect(graph.statisticsCount == row.statistics)
        #expect(convolutions(of: graph).count == row.convolutions)
        #expect(normalizations(of: graph).count == row.normalizations)
        #expect(graph.multiplyAdds == row.multiplyAdds)
    }

    @Test("cover every family")
    func tableIsComplete() {
        #expect(FamilyCounts.all.count == 62)
        #expect(Set(FamilyCounts.all.map(\.testDescription)).count == 62)
    }

    @Test(
        "are the closed form's for any block, depth rule and width",
        arguments: [
            "b131", "b31", "b13", "b311", "b313", "b3", "b333", "b3333", "b1", "b5713", "l5",
        ],
        ["", "-table2"])
    func blocks(block: String, rule: String) throws {
        for (width, classes, channels) in [("0.7", 7, 1), ("1", 10, 3), ("2.5", 100, 4)] {
            let name = "wrn-64-\(width)-\(block)\(rule)"
            // 64 = 4 + 60: 60 is a multiple of 3l for l = 1, 2, 4, 5 and of 6; 40 = 4 + 36 of l =
            // 3.
            let fitting =
                block.count == 4 && rule.isEmpty
                ? name.replacing("wrn-64", with: "wrn-40") : name
            let network = try Zoo.network(
                named: fitting, classes: classes, inputChannels: channels)
            let graph = try network.graph(height: 8, width: 9)
            #expect(network.closedFormParameterCount == graph.parameterCount, "\(fitting)")
        }
    }

    @Test(
        "are the closed form's for the ResNets of any depth, order and shortcut",
        arguments: ["resnet-", "preact-resnet-"],
        [
            "20-a", "20-b", "56-bottleneck-a", "56-bottleneck-b", "101-cifar", "50-cifar",
            "110-basic",
        ])
    func resNets(family: String, rest: String) throws {
        for (classes, channels) in [(1, 1), (10, 3), (37, 4)] {
            let network = try Zoo.network(
                named: family + rest, classes: classes, inputChannels: channels)
            let graph = try network.graph(height: 3, width: 5)
            #expect(network.closedFormParameterCount == graph.parameterCount)
        }
    }

    @Test("of Table 3 are identical: deepening at a fixed number of convolutions changes no count")
    func deepening() throws {
        let graphs = try (1...4).map { factor in
            try WideResNet(depth: 40, width: 2, block: BlockType(deepeningFactor: factor)).graph()
        }
        #expect(Set(graphs.map(\.parameterCount)) == [2_243_546])
        #expect(Set(graphs.map(\.multiplyAdds)) == [327_599_360])
        #expect(Set(graphs.map { convolutions(of: $0).count }) == [40])
        #expect(Set(graphs.map { normalizations(of: $0).count }) == [37])
        #expect(graphs.map { $0.nodes.filter { $0.operation == .add }.count } == [36, 18, 12, 9])
    }
}
