// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNZoo

@testable import WRNPlan

/// Which norm, ReLU and sum became what: a plan is read like code.
@Suite("Lowering")
struct LoweringTests {
    private static func block() throws -> Graph {
        try WideResNet(depth: 10, width: 2, dropout: 0.3).graph(height: 8, width: 8)
    }

    private static func kinds(_ program: Program) -> [String] {
        program.steps.map { String("\($0)".prefix { $0 != "(" }) }
    }

    @Test("inference runs nothing but convolutions and the mean")
    func inference() throws {
        let program = ForwardLowering.lower(try Self.block(), for: .inference)
        #expect(Set(Self.kinds(program)) == ["convolution", "mean"])
        for case .convolution(let step) in program.steps {
            let name = program.buffers[step.destination.index].name
            // bn1 and its ReLU end in conv0; bn0 and its ReLU begin conv0; the residual ends conv1.
            // The first bn0 follows the network's first convolution, which nothing else reads, and
            // ends in that.
            #expect(
                (step.folded != nil && step.activation == .relu) == name.hasSuffix("conv0"),
                "\(name)")
            #expect((step.addend != nil) == name.hasSuffix("block0.conv1"), "\(name)")
            let readsView =
                !name.hasPrefix("group0")
                && (name.hasSuffix("block0.conv0") || name.hasSuffix("shortcut"))
            #expect(step.source.isBare == !readsView, "\(name)")
        }
    }

    @Test("training stores no activation and leaves moments to the convolutions")
    func training() throws {
        let program = ForwardLowering.lower(try Self.block(), for: .training)
        let kinds = Self.kinds(program)
        #expect(Set(kinds) == ["convolution", "normalize", "dropoutMask", "mean"])
        #expect(kinds.filter { $0 == "normalize" }.count == 7)
        for case .convolution(let step) in program.steps where !step.hasBias {
            let name = program.buffers[step.destination.index].name
            #expect((step.moments != nil) == !name.hasSuffix("shortcut"), "\(name)")
        }
    }

    @Test("backward maps only where a residual needs the gradient itself")
    func backward() throws {
        let program = Program.lowered(try Self.block(), for: .training)
        let maps = Self.kinds(program).filter { $0 == "map" }
        // The gradient of each group's sum, which conv1 and the shortcut share.
        #expect(maps.count == 3)
        var fused = 0
        for case .inputGradient(let step) in program.steps where step.viewGradient != nil {
            fused += 1
        }
        // Every view but that of the mean is left on a convolution's way out.
        #expect(fused == 6)
    }

    @Test("inference runs a bottleneck network as convolutions, one pooling and the mean")
    func bottleneckInference() throws {
        let graph = try ImageNetWideResNet(depth: 50, width: 2).graph(height: 64, width: 64)
        let program = ForwardLowering.lower(graph, for: .inference)
        #expect(Self.kinds(program).prefix(2) == ["convolution", "maxPooling"])
        #expect(Self.kinds(program).suffix(2) == ["mean", "convolution"])
        #expect(Self.kinds(program).count == 53 + 1 + 1 + 1)
        for step in program.steps {
            guard case .convolution(let step) = step else { continue }
            let name = program.buffers[step.destination.index].name
            // Every view is bare: each BN is folded into the convolution before it.
            #expect(step.source.isBare, "\(name)")
            #expect((step.folded == nil) == step.hasBias, "\(name)")
            // What comes last in a block adds the other way's result: the shortcut's convolution
            // where there is one, else conv3.
            let isFirst = name.hasPrefix("layer") && name.split(separator: ".")[1] == "0"
            let ends = name.hasSuffix(isFirst ? ".downsample.0" : ".conv3")
            #expect((step.addend != nil) == ends, "\(name)")
            let leadsToReLU = ends || name.hasSuffix("conv1") || name.hasSuffix("conv2")
            #expect((step.activation == .relu) == leadsToReLU, "\(name)")
        }
        for case .maxPooling(_, let source, _) in program.steps { #expect(source.isBare) }
    }

    @Test(
        "dropout's factor is in the affine map before a ReLU, and behind a SiLU",
        arguments: [Activation.relu, .leakyReLU(slope: 0.1), .silu])
    func dropoutFactor(activation: Activation) throws {
        let graph = try WideResNet(depth: 10, width: 1, dropout: 0.2)
            .applying(NetworkVariant.Changes(activation: activation))
            .graph(height: 8, width: 8)
        let program = ForwardLowering.lower(graph, for: .training)
        #expect(program.dropouts.count == 3)
        for (index, dropout) in program.dropouts.enumerated() {
            let normalization = try #require(
                program.steps.compactMap { step -> Int? in
                    guard case .convolution(let step) = step, step.source.dropout == index
                    else { return nil }
                    return step.source.normalization
                }.first)
            let before = program.normalizations[normalization].factor
            #expect(before == (activation == .silu ? 1 : 1.25))
            #expect(dropout.factor == (activation == .silu ? 1.25 : 1))
        }
    }

    @Test(
        "training reads BN and ReLU at the load of max pooling, and takes them back with its gradient"
    )
    func bottleneckTraining() throws {
        let graph = try ImageNetWideResNet(depth: 50, width: 1).graph(height: 32, width: 32)
        let program = Program.lowered(graph, for: .training)
        var poolings = 0
        for step in program.steps {
            switch step {
            case .maxPooling(_, let source, _):
                #expect(source.activation == .relu && source.normalization == 0)
                #expect(program.buffers[source.source.index].name == "conv1")
                poolings += 1
            case .maxPoolingGradient(let step):
                #expect(step.viewGradient?.view == step.source)
                #expect(step.viewGradient?.sums != nil)
                poolings += 1
            default: continue
            }
        }
        #expect(poolings == 2)
    }

    @Test("training adds post-activation blocks in one pass, and copies one gradient for each")
    func postActivationSums() throws {
        let graph = try ImageNetWideResNet(depth: 50, width: 1).graph(height: 32, width: 32)
        let forward = ForwardLowering.lower(graph, for: .training)
        for case .map(let source, let addend, _) in forward.steps {
            // The normalised branch and the shortcut: a ReLU of the last sum, or a normalisation.
            #expect(source.normalization != nil && source.activation == nil)
            #expect((addend?.activation == .relu) != (addend?.normalization != nil))
        }
        #expect(Self.kinds(forward).filter { $0 == "map" }.count == 16)
        let all = BackwardLowering.lower(forward, TrainingScope())
        #expect(Self.kinds(all).filter { $0 == "map" }.count == 16 + 16)
    }

    @Test("the buffers of a program have types, and shapes without a batch or padding")
    func buffers() throws {
        let graph = try Self.block()
        let program = Program.lowered(graph, for: .training)
        let input = program[program.input]
        #expect(input.shape == graph.inputShape && input.elementType == .float32)
        for dropout in program.dropouts {
            #expect(program[dropout.bits].elementType == .bool)
            #expect(program[dropout.bits].shape == dropout.shape)
        }
        #expect(program.dropouts.count == 3)
    }
}
