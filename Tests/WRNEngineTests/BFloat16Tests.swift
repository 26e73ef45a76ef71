// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// Inference with activations of bfloat16 in memory.
@Suite("bfloat16 in inference")
struct BFloat16Tests {
    private static func network(_ activation: Activation = .relu) throws -> RandomNetwork {
        let graph = try ResidualNetwork(
            stem: .large, stemChannels: 12, stageBlocks: [1, 2], block: .bottleneck,
            variant: NetworkVariant(activation: activation, stride: .secondConvolution), width: 2,
            classes: 6, inputChannels: 3
        ).graph(height: 37, width: 50)
        return try RandomNetwork.filling(graph, seed: 5)
    }

    private static func logits(
        _ network: RandomNetwork, _ precision: Precision, threads: Int = 2,
        _ set: InstructionSet? = nil
    ) throws -> [Float] {
        try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 4,
            options: ExecutionOptions(threads: threads, instructionSet: set, precision: precision)
        ).logits(for: network.images, count: network.labels.count)
    }

    @Test(
        "logits are those of the reference but for the rounding",
        arguments: [Activation.relu, .leakyReLU(slope: 0.1), .silu], InstructionSet.usable)
    func logits(activation: Activation, set: InstructionSet) throws {
        let network = try Self.network(activation)
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
            .logits(for: network.images, count: network.labels.count)
        let error = relativeError(try Self.logits(network, .bfloat16, set), reference)
        #expect(relativeError(try Self.logits(network, .float32, set), reference) < 1e-4)
        // Eight bits a number: far more than float32 errs, far less than a wrong channel would.
        #expect(error > 1e-4 && error < 3e-2, "\(error)")
    }

    @Test(
        "random graphs agree with the reference within the rounding of bfloat16",
        arguments: ReferenceParityTests.seeds)
    func randomGraphs(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
            .logits(for: network.images, count: network.labels.count)
        let set = InstructionSet.usable[Int(seed) % InstructionSet.usable.count]
        let error = relativeError(try Self.logits(network, .bfloat16, set), reference)
        #expect(error < 0.02, "\(error)")
    }

    @Test("threads do not change a bit", arguments: [1, 5])
    func threads(threads: Int) throws {
        let network = try Self.network()
        #expect(
            try Self.logits(network, .bfloat16, threads: threads)
                == Self.logits(network, .bfloat16))
    }
}
