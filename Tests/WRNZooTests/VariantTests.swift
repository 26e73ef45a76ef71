// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNZoo

@Suite("The variant of a network")
struct VariantTests {
    static let names = [
        "wrn-28-2-leaky0.1-firstblock", "wrn-28-8-leaky0.1-firstshortcut-same-eps0.001",
        "wrn-28-10-silu-same", "wrn-70-16-silu-same", "resnet-50-silu", "preact-resnet-20-silu",
        "wrn-28-10-leaky0.1", "wrn-28-10-rawshortcut", "wrn-28-10-stride2", "wrn-28-10-eps0.001",
        "wrn-28-10-leaky0.01-rawshortcut-stride2-eps0.00002", "wrn-34-2-cifar-leaky0.1",
        "wrn-40-2-b131-stride2", "wrn-10-1-b3-rawshortcut", "resnet-20-padboth",
        "resnet-20-stride2-padboth", "resnet-164-stride1", "resnet-50-cifar-leaky0.2",
        "preact-resnet-110-rawshortcut", "preact-resnet-110-a-activatedshortcut-padboth",
        "preact-resnet-164-stride2", "resnet-50-eps0.001", "resnet-50-v1-leaky0.1",
        "resnet-18-stride2", "preact-resnet-200-v1.5-rawshortcut", "wrn-50-2-leaky0.25",
    ]

    @Test("is in its name, which the zoo reads again", arguments: names)
    func roundTrips(name: String) throws {
        let network = try Zoo.network(named: name)
        #expect(network.name == name)
        #expect(try Zoo.network(named: name.uppercased()).variant == network.variant)
    }

    @Test("does not show where it is the usual one")
    func usual() throws {
        for (name, canonical) in [
            ("wrn-28-10-activatedshortcut-stride1-eps0.00001", "wrn-28-10"),
            ("resnet-20-padbehind-rawshortcut", "resnet-20"), ("resnet-50-stride2", "resnet-50"),
            ("resnet-50-stride1", "resnet-50-v1"),
            ("preact-resnet-164-stride1", "preact-resnet-164"),
        ] {
            #expect(try Zoo.network(named: name).name == canonical)
        }
    }

    @Test("has the parts that its name says")
    func parts() throws {
        let network = try WideResNet(name: "wrn-16-2-leaky0.1-rawshortcut-stride2-eps0.001")
        #expect(
            network.variant
                == NetworkVariant(
                    activation: .leakyReLU(slope: 0.1), shortcutInput: .raw,
                    stride: .secondConvolution, epsilon: 0.001))
        #expect(
            NetworkVariant.Part.allCases.map(network.variant.word)
                == ["leaky-relu:0.1", "raw", "second", "behind", "both", "0.001"])
        #expect(try ResNet(name: "resnet-20-padboth").variant.padding == .both)
        #expect(try Zoo.network(named: "resnet-50").variant.stride == .secondConvolution)
        #expect(try Zoo.network(named: "resnet-50-v1").variant.stride == .firstConvolution)
        #expect(try Zoo.network(named: "resnet-18").variant.stride == .firstConvolution)
    }

    @Test("changes some parts and keeps the others, numbers included")
    func changes() throws {
        let network = try WideResNet(
            name: "wrn-16-2-rawshortcut", classes: 7, dropout: 0.3, inputChannels: 1)
        let changed = try network.applying(
            NetworkVariant.Changes(stride: .secondConvolution, epsilon: 1e-4))
        #expect(changed.name == "wrn-16-2-rawshortcut-stride2-eps0.0001")
        #expect(changed.classes == 7 && changed.dropout == 0.3 && changed.inputChannels == 1)
        let back = try changed.applying(
            NetworkVariant.Changes(stride: .firstConvolution, epsilon: 1e-5))
        #expect(back == network)
        let wanted = NetworkVariant.Changes(shortcutInput: .activated)
        let format = NetworkVariant.Changes(shortcutInput: .raw, stride: .secondConvolution)
        #expect(try network.applying(wanted.over(format)).name == "wrn-16-2-stride2")
        #expect(try network.applying(format.limited(to: [.shortcutInput])) == network)
        #expect(format.parts == [.shortcutInput, .stride])
        #expect(NetworkVariant.Changes().isEmpty && !wanted.isEmpty)
    }

    private func sources(_ name: String) throws -> [String: [String]] {
        let graph = try Zoo.network(named: name).graph(height: 64, width: 64)
        return Dictionary(
            uniqueKeysWithValues: graph.nodes.map { node in
                (node.name, node.inputs.map { graph[$0].name })
            })
    }

    @Test("raw shortcuts read the block's input, where the shape changes and nowhere else")
    func rawShortcuts() throws {
        let wide = try sources("wrn-16-2-rawshortcut")
        #expect(wide["group0.block0.shortcut"] == ["conv0"])
        #expect(wide["group1.block0.shortcut"] == ["group0.block1"])
        #expect(wide["group1.block0.conv0"] == ["group1.block0.relu0"])
        #expect(wide["group1.block1.shortcut"] == nil)
        #expect(
            try sources("wrn-16-2")["group1.block0.shortcut"] == ["group1.block0.relu0"])
        let preActivation = try sources("preact-resnet-110-rawshortcut")
        #expect(preActivation["layer2.0.downsample"] == ["layer1.17"])
        let activated = try sources("preact-resnet-20-a-activatedshortcut")
        #expect(activated["layer2.0.downsample"] == ["layer2.0.relu1"])
        #expect(try sources("preact-resnet-20-a")["layer2.0.downsample"] == ["layer1.2"])
    }

    @Test("FixMatch's blocks read what is activated in the first group alone")
    func firstGroup() throws {
        let shortcut = try sources("wrn-16-2-firstshortcut")
        #expect(shortcut["group0.block0.shortcut"] == ["group0.block0.relu0"])
        #expect(shortcut["group1.block0.shortcut"] == ["group0.block1"])
        #expect(shortcut["group1.block0.conv0"] == ["group1.block0.relu0"])
        let block = try sources("wrn-16-2-firstblock")
        #expect(block["group0.block0.shortcut"] == ["group0.block0.relu0"])
        #expect(block["group0.block0.conv0"] == ["group0.block0.relu0"])
        #expect(block["group1.block0.shortcut"] == ["group0.block1"])
        #expect(block["group1.block0.conv0"] == ["group0.block1"])
        #expect(block["group1.block0.bn0"] == nil && block["group1.block0.relu0"] == nil)
        #expect(block["group1.block0.bn1"] == ["group1.block0.conv0"])
        #expect(block["group1.block1.conv0"] == ["group1.block1.relu0"])
    }

    @Test("the padding SAME has the odd zeros below and to the right")
    func same() throws {
        func paddings(_ name: String) throws -> [String] {
            try Zoo.network(named: name).graph(height: 64, width: 32).nodes.compactMap { node in
                guard case .convolution(let it) = node.operation,
                    node.name.hasPrefix("group1.block0.")
                else { return nil }
                return "\(node.name.dropFirst(14)) \(it.padding)+\(it.endPadding) "
                    + "\(node.shape.height)x\(node.shape.width)"
            }
        }
        #expect(
            try paddings("wrn-16-2-same")
                == ["shortcut 0+0 32x16", "conv0 0+1 32x16", "conv1 1+1 32x16"])
        #expect(
            try paddings("wrn-10-2-b55-same")
                == ["shortcut 0+0 32x16", "conv0 1+2 32x16", "conv1 2+2 32x16"])
        #expect(
            try paddings("wrn-16-2") == [
                "shortcut 0+0 32x16", "conv0 1+1 32x16", "conv1 1+1 32x16",
            ])
        let error = #expect(throws: GraphError.self) {
            try WideResNet(name: "wrn-16-2-same").graph(height: 30, width: 32)
        }
        #expect(
            error?.description
                == "images of 30x32 do not fit wrn-16-2-same, whose padding is TensorFlow's SAME for "
                + "rows and columns that 4 divides; the nearest size is 32x32")
    }

    private func convolutions(_ name: String, _ block: String) throws -> [String] {
        try Zoo.network(named: name).graph(height: 64, width: 64).nodes.compactMap { node in
            guard case .convolution(let it) = node.operation, node.name.hasPrefix(block + ".")
            else { return nil }
            return "\(node.name.dropFirst(block.count + 1)) \(it.kernelSize)/\(it.stride) "
                + "\(node.shape.height)"
        }
    }

    @Test("the stride stands where it says, and shortcuts have it in any case")
    func strides() throws {
        #expect(
            try convolutions("wrn-16-2-stride2", "group1.block0")
                == ["shortcut 1/2 32", "conv0 3/1 64", "conv1 3/2 32"])
        #expect(
            try convolutions("wrn-13-2-b131-stride2", "group1.block0")
                == ["shortcut 1/2 32", "conv0 1/1 64", "conv1 3/2 32", "conv2 1/1 32"])
        #expect(
            try convolutions("resnet-20-stride2", "layer2.0") == ["conv1 3/1 64", "conv2 3/2 32"])
        #expect(
            try convolutions("resnet-164-stride1", "layer2.0").prefix(3)
                == ["conv1 1/2 32", "conv2 3/1 32", "conv3 1/1 32"])
    }

    @Test("the zeros of a padded shortcut are on both sides, or behind")
    func padding() throws {
        func offsets(_ name: String) throws -> [Int] {
            try Zoo.network(named: name).graph(height: 32, width: 32).nodes.compactMap {
                if case .subsampling(let it) = $0.operation { it.channelOffset } else { nil }
            }
        }
        #expect(try offsets("resnet-20-padboth") == [8, 16])
        #expect(try offsets("resnet-20") == [0, 0])
        // From 16 to 64 channels, and then twice as many each time.
        #expect(try offsets("resnet-164-a-padboth") == [24, 32, 64])
    }

    @Test("epsilon is that of every normalisation")
    func epsilons() throws {
        for name in ["wrn-16-2-eps0.001", "resnet-20-eps0.001", "preact-resnet-200-eps0.001"] {
            for node in try Zoo.network(named: name).graph(height: 64, width: 64).nodes {
                guard case .batchNormalization(let it) = node.operation else { continue }
                #expect(it.epsilon == 0.001)
            }
        }
    }

    @Test("variants have the parameters of the usual network", arguments: names)
    func parameters(name: String) throws {
        // Deep networks take long to build, and add nothing to the test.
        guard !name.contains("200"), !name.contains("164"), !name.contains("leaky") else { return }
        let network = try Zoo.network(named: name)
        let size = network.usualImageSize
        #expect(
            try network.graph(height: size, width: size).parameterCount
                == network.closedFormParameterCount)
    }

    static let refusals: [(String, String)] = [
        (
            "preact-resnet-20-firstblock",
            "preact-resnet-20 has no groups as a Wide ResNet for small images, so the shortcut's input "
                + "cannot be first-block; leave it out"
        ),
        (
            "resnet-50-same",
            "resnet-50 has no padding by the rule of TensorFlow, so the padding of convolutions with a "
                + "stride cannot be same; leave it out"
        ),
        (
            "wrn-28-10-padboth",
            "wrn-28-10 has no shortcut that adds channels of zeros, so the padding cannot be both; "
                + "leave it out"
        ),
        (
            "resnet-20-b-padboth",
            "resnet-20-b has no shortcut that adds channels of zeros, so the padding cannot be both; "
                + "leave it out"
        ),
        (
            "resnet-50-activatedshortcut",
            "resnet-50 has no activation before the first convolution of a block, so the shortcut's "
                + "input cannot be activated; leave it out"
        ),
        (
            "wrn-10-1-b3-stride2",
            "wrn-10-1-b3 has no second convolution in its blocks, so the place of the stride cannot "
                + "be second; leave it out"
        ),
        (
            "wrn-28-10-leaky1",
            "the slope of a LeakyReLU must be above 0 and below 1, from 0.000001 to 0.999999, not 1.0"
        ),
        (
            "wrn-28-10-leaky0",
            "the slope of a LeakyReLU must be above 0 and below 1, from 0.000001 to 0.999999, not "
                + "0.0; a slope of 0 is a relu"
        ),
        (
            "wrn-28-10-eps0",
            "the epsilon of batch normalisation must be in 0.000000000001...1, not 0.0; nearly all "
                + "networks have 0.00001"
        ),
        (
            "wrn-28-10-leaky0.1-leaky0.2",
            "\"wrn-28-10-leaky0.1-leaky0.2\" names no network: two of its endings contradict each other"
        ),
        (
            "resnet-50-v1-stride2",
            "\"resnet-50-v1-stride2\" names no network: it gives the place of the stride twice"
        ),
        (
            "preact-resnet-1001-basic-a-activatedshortcut-stride2-eps0.0000123456789",
            "depth 1001 is not a ResNet's for small images: with basic blocks depths are 6n+2, with "
                + "bottlenecks 9n+2, up to 10000; the nearest are 998 and 1004"
        ),
        (
            "preact-resnet-1004-a-activatedshortcut-stride2-padboth-eps0.0000123456789",
            "the name preact-resnet-1004-a-activatedshortcut-stride2-padboth-eps0.0000123456789 has 73 "
                + "characters, and a model's file holds 64; give epsilon and slope in fewer digits"
        ),
    ]

    @Test("that a network cannot have is refused in a sentence", arguments: refusals)
    func refuses(name: String, sentence: String) {
        let error = #expect(throws: GraphError.self) { try Zoo.network(named: name) }
        #expect(error?.description == sentence)
    }

    @Test(
        "and nonsense is, too",
        arguments: [
            "wrn-28-10-leaky", "wrn-28-10-leaky-0.1", "wrn-28-10-leakyx", "wrn-28-10-eps1e-3",
            "wrn-28-10-eps2", "wrn-28-10-eps", "wrn-28-10-stride3",
            "wrn-28-10-rawshortcut-rawshortcut",
            "wrn-28-10-leaky0.1.2", "resnet-20-pad", "wrn-28-10-stride1-stride2",
            "wrn-28-10-eps99999999999999999999",
        ])
    func nonsense(name: String) {
        #expect(throws: GraphError.self) { try Zoo.network(named: name) }
    }
}
