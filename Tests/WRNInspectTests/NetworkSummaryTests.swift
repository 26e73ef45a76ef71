// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNInspect
import WRNZoo

@Suite("A network's summary")
struct NetworkSummaryTests {
    private func summary(_ name: String, dropout: Double = 0) throws -> NetworkSummary {
        NetworkSummary(try WideResNet(name: name, dropout: dropout).graph())
    }

    @Test("the totals are the paper's, and the graph's")
    func totals() throws {
        let summary = try summary("wrn-28-10")
        #expect(summary.parameters == 36_479_194)
        #expect(summary.convolutions == 28)
        #expect(summary.batchNormalizations == 25)
        #expect(summary.blocks.count == 12)
        #expect(summary.weightByteCount == 4 * 36_479_194)
        let graph = try WideResNet(name: "wrn-28-10").graph()
        #expect(summary.runningStatistics == graph.statisticsCount)
        #expect(summary.multiplyAdds == graph.multiplyAdds)
    }

    @Test("layers and blocks add up to the totals", arguments: ["wrn-10-1", "wrn-40-4"])
    func sums(_ name: String) throws {
        let summary = try summary(name)
        #expect(summary.layers.map(\.parameters).reduce(0, +) == summary.parameters)
        #expect(summary.layers.map(\.runningStatistics).reduce(0, +) == summary.runningStatistics)
        #expect(summary.layers.map(\.multiplyAdds).reduce(0, +) == summary.multiplyAdds)
        let outside = summary.layers.filter { $0.block == nil }
        #expect(
            summary.blocks.map(\.parameters).reduce(0, +)
                + outside.map(\.parameters).reduce(0, +) == summary.parameters)
        #expect(
            summary.blocks.map(\.multiplyAdds).reduce(0, +)
                + outside.map(\.multiplyAdds).reduce(0, +) == summary.multiplyAdds)
        #expect(outside.map(\.name) == ["conv0", "bn", "relu", "pool", "fc"])
    }

    @Test("a bottleneck block's shortcut is none of its kernels, and pooling has a kernel too")
    func bottleneck() throws {
        let summary = NetworkSummary(try ImageNetWideResNet(depth: 50, width: 2).graph())
        #expect(summary.parameters == 68_883_240)
        #expect(summary.blocks.count == 16)
        #expect(Set(summary.blocks.map(\.kind)) == ["B(1,3,1)"])
        #expect(summary.blocks.first?.name == "layer1.0")
        let outside = summary.layers.filter { $0.block == nil }
        #expect(
            outside.map(\.name) == ["conv1", "bn1", "relu", "maxpool", "avgpool", "fc"])
        #expect(outside.map(\.kernel) == ["7x7/2", nil, nil, "3x3/2", nil, nil])
        #expect(outside[3].kind == .maxPooling)
        #expect(outside[3].output == "64x56x56")
        let members = summary.layers.filter { $0.block == "layer1.0" }
        #expect(members.last?.name == "layer1.0.relu3")
    }

    @Test("a block has its kernels, its shape and its own layers")
    func block() throws {
        let summary = try summary("wrn-16-2", dropout: 0.3)
        let block = summary.blocks[2]
        #expect(block.name == "group1.block0")
        #expect(block.kind == "B(3,3)")
        #expect(block.output == "64x16x16")
        // Two normalisations of 32 and 64 channels, 3x3 to 64, 3x3 from 64, the 1x1 shortcut.
        #expect(block.parameters == 64 + 128 + 32 * 64 * 9 + 64 * 64 * 9 + 32 * 64)
        let members = summary.layers.filter { $0.block == "group1.block0" }
        #expect(
            members.map(\.name.description) == [
                "bn0", "relu0", "shortcut", "conv0", "bn1", "relu1", "dropout", "conv1",
            ].map { "group1.block0." + $0 } + ["group1.block0"])
        #expect(members.map(\.kernel) == [nil, nil, "1x1/2", "3x3/2", nil, nil, nil, "3x3", nil])
        #expect(members.last?.inputs == ["group1.block0.conv1", "group1.block0.shortcut"])
    }

    @Test(
        "parts at each depth add up to the network, whatever the family",
        arguments: [
            "wrn-16-2", "wrn-22-2-b313", "resnet-20", "resnet-18", "preact-resnet-11", "wrn-50-2",
        ], 1...4)
    func parts(_ name: String, depth: Int) throws {
        let network = try Zoo.network(named: name)
        let summary = NetworkSummary(try network.graph(height: 64, width: 64))
        let parts = summary.parts(depth: depth)
        let ends = parts.filter { !$0.isOpen }
        #expect(ends.map(\.parameters).reduce(0, +) == summary.parameters)
        #expect(ends.map(\.multiplyAdds).reduce(0, +) == summary.multiplyAdds)
        #expect(parts.map(\.level).max() == min(depth, 3))
        for part in parts where part.isOpen {
            #expect(part.level < depth)
            #expect(part.kernel?.contains("B(") == true)
        }
        if depth == 4 { #expect(ends.map(\.name) == summary.layers.map(\.name)) }
    }

    @Test("a part reads what its first layer reads, and is labelled below its owner")
    func inputs() throws {
        let network = try Zoo.network(named: "resnet-20-b")
        let parts = NetworkSummary(try network.graph(height: 32, width: 32)).parts(depth: 3)
        let stage = try #require(parts.first { $0.name == "layer2" })
        #expect((stage.input, stage.output) == ("16x32x32", "32x16x16"))
        #expect(stage.kernel == "3 x B(3,3)")
        let block = try #require(parts.first { $0.name == "layer2.0" })
        #expect(block.label == "0")
        let shortcut = try #require(parts.first { $0.name == "layer2.0.downsample.1" })
        #expect(shortcut.label == "downsample.1")
    }

    @Test("each layer has its share and says whether it is trained")
    func shares() throws {
        let layers = try summary("wrn-10-1").layers
        #expect(abs(layers.map(\.parameterShare).reduce(0, +) - 1) < 1e-12)
        #expect(layers.first { $0.kind == .activation(.relu) }?.isTrainable == nil)
        #expect(layers.first { $0.kind == .batchNormalization }?.isTrainable == true)
        #expect(layers.first?.inputShape == "3x32x32")
    }
}
