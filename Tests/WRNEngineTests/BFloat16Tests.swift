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

    @Test("features of every layer are those of the reference but for the rounding")
    func features() throws {
        let network = try Self.network()
        let part = try NetworkPart(
            of: network.graph, upTo: network.graph.layerNames().filter { $0 != "fc" })
        let count = network.labels.count
        let expected = try ReferenceExecutor(
            graph: part.graph, tensors: network.tensors
        ).results(of: part.outputs.map(\.node), for: network.images, count: count)
        let features = try FeatureSession(
            part, tensors: network.tensors, batch: 4,
            options: ExecutionOptions(threads: 2, precision: .bfloat16)
        ).features(for: network.images, count: count)
        #expect(features.count > 4)
        for (index, values) in features.enumerated() {
            let error = relativeError(values, expected[index])
            #expect(error > 1e-4 && error < 2e-2, "\(part.outputs[index].node): \(error)")
            // Kept features are what lies in memory; pooled ones lie there in float32.
            let isPooled = part.outputs[index].shape.pixelCount == 1
            #expect(values.allSatisfy { $0 == Float(BFloat16($0)) } != isPooled)
        }
    }

    @Test("threads do not change a bit", arguments: [1, 5])
    func threads(threads: Int) throws {
        let network = try Self.network()
        #expect(
            try Self.logits(network, .bfloat16, threads: threads)
                == Self.logits(network, .bfloat16))
    }

    @Test("the plan names the type of each piece of memory, and halves that of the maps")
    func plan() throws {
        let graph = try Self.network().graph
        func plan(_ precision: Precision) throws -> PlanDescription {
            try PlanDescription(
                graph: graph, batch: 3, mode: .inference,
                options: ExecutionOptions(threads: 2, precision: precision))
        }
        let (narrow, wide) = (try plan(.bfloat16), try plan(.float32))
        #expect(narrow.precision == "bfloat16" && wide.precision == "float32")
        #expect(wide.buffers.allSatisfy { $0.elementType == .float32 })
        #expect(narrow.buffers.map(\.name) == wide.buffers.map(\.name))
        for (buffer, other) in zip(narrow.buffers, wide.buffers) {
            let isHead = ["avgpool", "fc"].contains(buffer.name)
            #expect(buffer.elementType == (isHead ? .float32 : .bfloat16), "\(buffer.name)")
            #expect(buffer.byteCount * (isHead ? 1 : 2) == other.byteCount)
        }
        #expect(narrow.memory.totalByteCount < wide.memory.totalByteCount)
        #expect(
            narrow.steps.filter { $0.kind == .linear }.allSatisfy { $0.algorithm == .direct })
    }

    @Test("instructions without products of bfloat16 plan the algorithms of float32")
    func scalarPlan() throws {
        func algorithms(_ precision: Precision) throws -> [PlanDescription.Algorithm?] {
            try PlanDescription(
                graph: Self.network().graph, batch: 3, mode: .training,
                options: ExecutionOptions(
                    threads: 1, instructionSet: .scalar, precision: precision)
            ).steps.map(\.algorithm)
        }
        #expect(try algorithms(.bfloat16) == algorithms(.float32))
    }
}
