// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNZoo

@Suite("The structure of a Wide ResNet")
struct StructureTests {
    @Test("has the groups of the paper's Table 1")
    func tableOne() throws {
        let graph = try WideResNet(depth: 28, width: 10).graph()
        let shapes = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, "\($0.shape)") })
        #expect(shapes["conv0"] == "16x32x32")
        #expect(shapes["group0.block0"] == "160x32x32")
        #expect(shapes["group0.block3"] == "160x32x32")
        #expect(shapes["group0.block4"] == nil)
        #expect(shapes["group1.block0.bn0"] == "160x32x32")
        #expect(shapes["group1.block0.conv0"] == "320x16x16")
        #expect(shapes["group2.block3"] == "640x8x8")
        #expect(shapes["pool"] == "640x1x1")
        #expect(graph.outputShape == FeatureShape(channels: 10, height: 1, width: 1))
    }

    @Test(
        "has no shortcut convolution in group 0 at width 1, so one convolution less than its depth")
    func widthOneHasNoFirstShortcut() throws {
        let thin = try WideResNet(depth: 40, width: 1).graph()
        let wide = try WideResNet(depth: 40, width: 2).graph()
        func shortcuts(_ graph: Graph) -> [String] {
            graph.nodes.map(\.name).filter { $0.hasSuffix(".shortcut") }
        }
        #expect(shortcuts(thin) == ["group1.block0.shortcut", "group2.block0.shortcut"])
        #expect(
            shortcuts(wide) == [
                "group0.block0.shortcut", "group1.block0.shortcut", "group2.block0.shortcut",
            ])
        #expect(convolutions(of: thin).count == 39)
        #expect(convolutions(of: wide).count == 40)
    }

    @Test("computes a block as the authors do: the shortcut reads the activated input")
    func blockWithShortcut() throws {
        let graph = try WideResNet(depth: 10, width: 2, dropout: 0.3).graph()
        let sources = Dictionary(
            uniqueKeysWithValues: graph.nodes.map { node in
                (node.name, node.inputs.map { graph[$0].name })
            })
        let block = "group1.block0"
        #expect(sources["\(block).bn0"] == ["group0.block0"])
        #expect(sources["\(block).relu0"] == ["\(block).bn0"])
        #expect(sources["\(block).conv0"] == ["\(block).relu0"])
        #expect(sources["\(block).shortcut"] == ["\(block).relu0"])
        #expect(sources["\(block).bn1"] == ["\(block).conv0"])
        #expect(sources["\(block).relu1"] == ["\(block).bn1"])
        #expect(sources["\(block).dropout"] == ["\(block).relu1"])
        #expect(sources["\(block).conv1"] == ["\(block).dropout"])
        #expect(sources[block] == ["\(block).conv1", "\(block).shortcut"])
        #expect(sources["bn"] == ["group2.block0"])
        #expect(sources["fc"] == ["pool"])
    }

    @Test("adds the unactivated input where nothing changes")
    func blockWithoutShortcut() throws {
        let graph = try WideResNet(depth: 16, width: 2).graph()
        let sum = graph.nodes.first { $0.name == "group1.block1" }
        #expect(sum?.inputs.map { graph[$0].name } == ["group1.block1.conv1", "group1.block0"])
        #expect(!graph.nodes.contains { $0.name.hasSuffix(".dropout") })
    }

    @Test("names parameters as the authors' port and shapes them as PyTorch")
    func parameterNames() throws {
        let graph = try WideResNet(depth: 10, width: 2, classes: 5, inputChannels: 1).graph()
        let shapes = Dictionary(
            uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.shape) })
        #expect(shapes["conv0.weight"] == [16, 1, 3, 3])
        #expect(shapes["group0.block0.bn0.running_var"] == [16])
        #expect(shapes["group0.block0.conv0.weight"] == [32, 16, 3, 3])
        #expect(shapes["group0.block0.shortcut.weight"] == [32, 16, 1, 1])
        #expect(shapes["group2.block0.conv1.weight"] == [128, 128, 3, 3])
        #expect(shapes["bn.weight"] == [128])
        #expect(shapes["fc.weight"] == [5, 128])
        #expect(shapes["fc.bias"] == [5])
        #expect(shapes.count == graph.parameters.count)
    }

    @Test("begins with He's normal numbers by fan-in, and scales of 1 and shifts of 0")
    func initializers() throws {
        let graph = try WideResNet(depth: 10, width: 2).graph()
        let first = Dictionary(
            uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.initializer) })
        #expect(first["conv0.weight"] == .heNormal(fanIn: 27))
        #expect(first["group1.block0.conv0.weight"] == .heNormal(fanIn: 288))
        #expect(first["group1.block0.shortcut.weight"] == .heNormal(fanIn: 32))
        #expect(first["bn.weight"] == .constant(1))
        #expect(first["bn.bias"] == .constant(0))
        #expect(first["bn.running_mean"] == .constant(0))
        #expect(first["bn.running_var"] == .constant(1))
        #expect(first["fc.weight"] == .uniform(fanIn: 128))
        #expect(first["fc.bias"] == .constant(0))
    }

    @Test("fits any image from 3x3", arguments: [3, 4, 5, 28, 31, 33, 224])
    func anySize(extent: Int) throws {
        let graph = try WideResNet(depth: 10, width: 1).graph(height: extent, width: 2 * extent)
        let half = (extent + 1) / 2
        let last = graph.nodes.first { $0.name == "group2.block0" }
        #expect(last?.shape.height == (half + 1) / 2)
        #expect(last?.shape.channels == 64)
        #expect(graph.outputShape.elementCount == 10)
    }

    @Test("rounds fractional widths down, as the authors' code does")
    func fractionalWidths() throws {
        #expect(try WideResNet(depth: 10, width: 1.1).groupChannels == [17, 35, 70])
        #expect(try WideResNet(depth: 10, width: 0.0625).groupChannels == [1, 2, 4])
    }
}
