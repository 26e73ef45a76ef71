// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("A residual block's structure")
struct ResidualBlockTests {
    private func blocks(_ name: String, dropout: Double = 0) throws -> [ResidualBlock] {
        ResidualBlock.blocks(
            of: try Zoo.network(named: name, dropout: dropout).graph(height: 64, width: 64))
    }

    private func labels(_ nodes: [Node], in block: ResidualBlock) -> [String] {
        nodes.map { String($0.name.dropFirst(block.name.count + 1)) }
    }

    @Test("a wide block shares its first normalisation with the shortcut's convolution")
    func wide() throws {
        let blocks = try blocks("wrn-16-2", dropout: 0.3)
        #expect(blocks.count == 6)
        let first = blocks[0]
        #expect(labels(first.entry, in: first) == ["bn0", "relu0"])
        #expect(labels(first.shortcut, in: first) == ["shortcut"])
        #expect(labels(first.branch, in: first) == ["conv0", "bn1", "relu1", "dropout", "conv1"])
        #expect(first.input.name == "conv0")
        #expect(first.tail.isEmpty)
        #expect(first.kind == "B(3,3)")
        let second = blocks[1]
        #expect(second.entry.isEmpty && second.hasIdentityShortcut)
        #expect(labels(second.branch, in: second).first == "bn0")
    }

    @Test("a post-activation block ends with the ReLU after its sum")
    func post() throws {
        let block = try #require(blocks("wrn-50-2").first)
        #expect(block.entry.isEmpty)
        #expect(labels(block.shortcut, in: block) == ["downsample.0", "downsample.1"])
        #expect(labels(block.tail, in: block) == ["relu3"])
        #expect(block.output.name == "layer1.0.relu3")
        #expect(block.kind == "B(1,3,1)")
    }

    @Test("a shortcut without parameters is a shortcut, and never the branch")
    func subsampling() throws {
        let block = try blocks("resnet-20")[3]
        #expect(labels(block.shortcut, in: block) == ["downsample"])
        #expect(block.branch.count == 5)
    }

    @Test("a shortcut that reads the block's input shares nothing with the branch")
    func rawShortcut() throws {
        let block = try #require(blocks("wrn-10-2-rawshortcut").first)
        #expect(block.entry.isEmpty)
        #expect(block.input.name == "conv0")
        #expect(labels(block.shortcut, in: block) == ["shortcut"])
        #expect(
            labels(block.branch, in: block) == ["bn0", "relu0", "conv0", "bn1", "relu1", "conv1"])
    }

    @Test(
        "every sum of every family ends a block, and its nodes are its own",
        arguments: [
            "wrn-40-2-b131", "wrn-40-2-b3", "resnet-20-b", "resnet-164-a", "preact-resnet-110-a",
            "preact-resnet-164", "resnet-18", "wrn-16-1-rawshortcut-stride2",
            "wrn-10-1-b1-rawshortcut",
            "preact-resnet-164-rawshortcut", "preact-resnet-110-a-activatedshortcut",
            "resnet-20-padboth", "wrn-34-1.5", "preact-resnet-200",
        ])
    func families(_ name: String) throws {
        let graph = try Zoo.network(named: name).graph(height: 64, width: 64)
        let blocks = ResidualBlock.blocks(of: graph)
        #expect(blocks.count == graph.nodes.count { $0.operation == .add })
        #expect(Set(blocks.map(\.kind)).count == 1)
        let nodes = blocks.flatMap(\.nodes)
        #expect(Set(nodes.map(\.id)).count == nodes.count)
        #expect(nodes.allSatisfy { $0.name.contains(".") })
    }
}
