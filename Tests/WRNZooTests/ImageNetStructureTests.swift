// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNZoo

@Suite("The structure of a Wide ResNet for ImageNet")
struct ImageNetStructureTests {
    private func sources(_ graph: Graph) -> [String: [String]] {
        Dictionary(
            uniqueKeysWithValues: graph.nodes.map { node in
                (node.name, node.inputs.map { graph[$0].name })
            })
    }

    @Test("has the stages of He et al.'s Table 1, with wide 3x3 convolutions only")
    func shapes() throws {
        let graph = try ImageNetWideResNet(depth: 50, width: 2).graph()
        let shapes = Dictionary(uniqueKeysWithValues: graph.nodes.map { ($0.name, "\($0.shape)") })
        #expect(shapes["conv1"] == "64x112x112")
        #expect(shapes["maxpool"] == "64x56x56")
        #expect(shapes["layer1.0.conv2"] == "128x56x56")
        #expect(shapes["layer1.2"] == "256x56x56")
        #expect(shapes["layer2.0.conv1"] == "256x56x56")
        #expect(shapes["layer2.0.conv2"] == "256x28x28")
        #expect(shapes["layer3.5"] == "1024x14x14")
        #expect(shapes["layer4.2.conv2"] == "1024x7x7")
        #expect(shapes["layer4.2"] == "2048x7x7")
        #expect(shapes["layer4.3"] == nil)
        #expect(shapes["avgpool"] == "2048x1x1")
        #expect(shapes["fc"] == "1000x1x1")
    }

    @Test("normalises and activates after each convolution, and after the sum")
    func blocks() throws {
        let sources = sources(try ImageNetWideResNet(depth: 50, width: 1).graph())
        #expect(sources["maxpool"] == ["relu"])
        #expect(sources["relu"] == ["bn1"])
        let first = "layer2.0"
        #expect(sources["\(first).conv1"] == ["layer1.2.relu3"])
        #expect(sources["\(first).conv2"] == ["\(first).relu1"])
        #expect(sources["\(first).relu1"] == ["\(first).bn1"])
        #expect(sources["\(first).conv3"] == ["\(first).relu2"])
        #expect(sources["\(first).downsample.0"] == ["layer1.2.relu3"])
        #expect(sources["\(first).downsample.1"] == ["\(first).downsample.0"])
        #expect(sources[first] == ["\(first).bn3", "\(first).downsample.1"])
        #expect(sources["\(first).relu3"] == [first])
        #expect(sources["layer2.1"] == ["layer2.1.bn3", "layer2.0.relu3"])
        #expect(sources["layer1.0.downsample.0"] == ["maxpool"])
        #expect(sources["avgpool"] == ["layer4.2.relu3"])
    }

    @Test("has the stride on the 3x3 convolution, or on the first in the original")
    func strides() throws {
        func strides(_ placement: NetworkVariant.StridePlacement) throws -> [String] {
            let graph = try ImageNetWideResNet(depth: 50, width: 2, stridePlacement: placement)
                .graph()
            return convolutions(of: graph).compactMap { node in
                guard case .convolution(let convolution) = node.operation,
                    convolution.stride == 2, !node.name.hasSuffix("downsample.0")
                else { return nil }
                return node.name
            }
        }
        #expect(
            try strides(.secondConvolution)
                == ["conv1", "layer2.0.conv2", "layer3.0.conv2", "layer4.0.conv2"])
        #expect(
            try strides(.firstConvolution)
                == ["conv1", "layer2.0.conv1", "layer3.0.conv1", "layer4.0.conv1"])
    }

    @Test("names parameters as torchvision does")
    func parameterNames() throws {
        let graph = try ImageNetWideResNet(depth: 50, width: 2).graph()
        let shapes = Dictionary(
            uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.shape) })
        // Of torchvision's 320 entries 53 are PyTorch's counters of batches.
        #expect(shapes.count == 320 - 53)
        #expect(shapes["conv1.weight"] == [64, 3, 7, 7])
        #expect(shapes["bn1.running_var"] == [64])
        #expect(shapes["layer1.0.conv2.weight"] == [128, 128, 3, 3])
        #expect(shapes["layer4.0.downsample.0.weight"] == [2048, 1024, 1, 1])
        #expect(shapes["layer4.0.downsample.1.bias"] == [2048])
        #expect(shapes["layer4.2.bn3.running_mean"] == [2048])
        #expect(shapes["fc.weight"] == [1000, 2048])
        #expect(shapes["fc.bias"] == [1000])
    }

    @Test("fits images of any size from 17x17", arguments: [(17, 17), (18, 65), (225, 300)])
    func sizes(height: Int, width: Int) throws {
        let graph = try ImageNetWideResNet(depth: 50, width: 0.25, classes: 7, inputChannels: 1)
            .graph(height: height, width: width)
        #expect("\(graph.inputShape)" == "1x\(height)x\(width)")
        #expect("\(graph.outputShape)" == "7x1x1")
    }
}
