// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNZoo

@Suite("The structure of the family")
struct FamilyStructureTests {
    private func sources(_ name: String, dropout: Double = 0) throws -> [String: [String]] {
        let graph = try Zoo.network(named: name, dropout: dropout).graph(height: 64, width: 64)
        return Dictionary(
            uniqueKeysWithValues: graph.nodes.map { node in
                (node.name, node.inputs.map { graph[$0].name })
            })
    }

    @Test("a block B(1,3,1) has its kernels in order, its stride first, and dropout between")
    func blockOfThree() throws {
        let sources = try sources("wrn-13-2-b131", dropout: 0.3)
        let block = "group1.block0"
        #expect(sources["\(block).conv0"] == ["\(block).relu0"])
        #expect(sources["\(block).shortcut"] == ["\(block).relu0"])
        #expect(sources["\(block).conv1"] == ["\(block).dropout1"])
        #expect(sources["\(block).dropout1"] == ["\(block).relu1"])
        #expect(sources["\(block).conv2"] == ["\(block).dropout2"])
        #expect(sources[block] == ["\(block).conv2", "\(block).shortcut"])
        let graph = try WideResNet(name: "wrn-13-2-b131").graph()
        let kernels = convolutions(of: graph).filter { $0.name.hasPrefix(block) }.map {
            node -> String in
            guard case .convolution(let convolution) = node.operation else { return "" }
            return "\(node.name.dropFirst(14)) \(convolution.kernelSize)/\(convolution.stride)"
        }
        #expect(kernels == ["shortcut 1/2", "conv0 1/2", "conv1 3/1", "conv2 1/1"])
    }

    @Test("a block of one convolution has no place for dropout")
    func blockOfOne() throws {
        let error = #expect(throws: GraphError.self) {
            try WideResNet(name: "wrn-10-1-b3", dropout: 0.3)
        }
        #expect(
            error?.description
                == "B(3) has one convolution, and dropout is between convolutions, so it must be 0, not 0.3"
        )
    }

    @Test("option A's shortcut reads the block's input and has no parameters")
    func optionA() throws {
        let sources = try sources("resnet-20")
        #expect(sources["layer2.0.downsample"] == ["layer1.2.relu2"])
        #expect(sources["layer2.0"] == ["layer2.0.bn2", "layer2.0.downsample"])
        #expect(sources["layer1.0"] == ["layer1.0.bn2", "relu"])
        #expect(sources["layer1.0.downsample"] == nil)
        let graph = try ResNet(name: "resnet-20").graph()
        let shortcuts = graph.nodes.filter {
            if case .subsampling = $0.operation { true } else { false }
        }
        #expect(shortcuts.map(\.name) == ["layer2.0.downsample", "layer3.0.downsample"])
        #expect(shortcuts.map { "\($0.shape)" } == ["32x16x16", "64x8x8"])
    }

    @Test(
        "a pre-activation block's shortcut shares its first normalisation, and nothing follows the sum"
    )
    func preActivation() throws {
        let sources = try sources("preact-resnet-164")
        #expect(sources["layer1.0.bn1"] == ["conv1"])
        #expect(sources["layer2.0.downsample"] == ["layer2.0.relu1"])
        #expect(sources["layer2.0.conv1"] == ["layer2.0.relu1"])
        #expect(sources["layer2.0"] == ["layer2.0.conv3", "layer2.0.downsample"])
        #expect(sources["layer2.1"] == ["layer2.1.conv3", "layer2.0"])
        #expect(sources["bn"] == ["layer3.17"])
        #expect(sources["avgpool"] == ["relu"])
    }

    @Test(
        "a wide basic network for ImageNet keeps the stem, so that its first block has a shortcut")
    func wideBasic() throws {
        let wide = try sources("wrn-18-1.5")
        #expect(wide["layer1.0.downsample.0"] == ["maxpool"])
        #expect(wide["layer1.0"] == ["layer1.0.bn2", "layer1.0.downsample.1"])
        #expect(try sources("resnet-18")["layer1.0.downsample.0"] == nil)
        let graph = try ImageNetWideResNet(name: "wrn-18-1.5").graph()
        let shapes = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, "\($0.shape)") })
        #expect(shapes["maxpool"] == "64x56x56")
        #expect(shapes["layer1.1"] == "96x56x56")
        #expect(shapes["layer4.1"] == "768x7x7")
    }
}
