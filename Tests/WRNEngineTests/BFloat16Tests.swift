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

/// Inference whose direct convolutions multiply numbers of bfloat16.
@Suite("bfloat16")
struct BFloat16Tests {
    static let isUsable = Precision.usable.contains(.bfloat16)

    private static func network(_ activation: Activation = .relu) throws -> RandomNetwork {
        let graph = try ResidualNetwork(
            stem: .large, stemChannels: 12, stageBlocks: [1, 2], block: .bottleneck,
            variant: NetworkVariant(activation: activation, stride: .secondConvolution), width: 2,
            classes: 6, inputChannels: 3
        ).graph(height: 37, width: 50)
        return try RandomNetwork.filling(graph, seed: 5)
    }

    private static func logits(
        _ network: RandomNetwork, _ precision: Precision, threads: Int = 2
    ) throws -> [Float] {
        try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 3,
            options: ExecutionOptions(threads: threads, precision: precision)
        ).logits(for: network.images, count: network.labels.count)
    }

    @Test(
        "logits are those of the reference but for the rounding", .enabled(if: isUsable),
        arguments: [Activation.relu, .leakyReLU(slope: 0.1), .silu])
    func logits(activation: Activation) throws {
        let network = try Self.network(activation)
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
            .logits(for: network.images, count: network.labels.count)
        let error = relativeError(try Self.logits(network, .bfloat16), reference)
        #expect(relativeError(try Self.logits(network, .float32), reference) < 1e-4)
        // Eight bits a factor: far more than float32 errs, far less than a wrong channel would.
        #expect(error > 1e-4 && error < 3e-2, "\(error)")
    }

    @Test(
        "random graphs agree with the reference within the rounding of bfloat16",
        .enabled(if: isUsable), arguments: 1...40 as ClosedRange<UInt64>)
    func randomGraphs(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let count = network.labels.count
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
        let session = try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 4,
            options: ExecutionOptions(threads: 2, precision: .bfloat16))
        let error = relativeError(
            try session.logits(for: network.images, count: count),
            try reference.logits(for: network.images, count: count))
        #expect(error < 0.1, "\(error)")
    }

    @Test("threads do not change a bit", .enabled(if: isUsable), arguments: [1, 5])
    func threads(threads: Int) throws {
        let network = try Self.network()
        #expect(
            try Self.logits(network, .bfloat16, threads: threads)
                == Self.logits(network, .bfloat16))
    }

    @Test("the plan says what is rounded, and the linear layer is not", .enabled(if: isUsable))
    func plan() throws {
        let options = ExecutionOptions(threads: 2, precision: .bfloat16)
        let plan = try PlanDescription(
            graph: Self.network().graph, batch: 3, mode: .inference, options: options)
        #expect(plan.precision == "bfloat16")
        let convolutions = plan.steps.filter { $0.kind == .convolution }
        #expect(convolutions.contains { $0.algorithm == .directBFloat16 })
        #expect(!convolutions.contains { $0.algorithm == .direct })
        #expect(plan.steps.filter { $0.kind == .linear }.allSatisfy { $0.algorithm == .direct })
        let wide = try PlanDescription(
            graph: Self.network().graph, batch: 3, mode: .inference,
            options: ExecutionOptions(threads: 2))
        #expect(plan.memory.totalByteCount < wide.memory.totalByteCount)
    }

    @Test("training refuses it", .enabled(if: isUsable))
    func training() throws {
        let network = try Self.network()
        let options = ExecutionOptions(threads: 1, precision: .bfloat16)
        #expect(
            throws: PlanError.invalidRequest("training computes in float32, not in bfloat16")
        ) {
            try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 1, seed: 0,
                options: options)
        }
        #expect(throws: PlanError.self) {
            try PlanDescription(
                graph: network.graph, batch: 1, mode: .training, options: options)
        }
    }

    @Test("instructions without it refuse it")
    func unusable() throws {
        let network = try Self.network()
        let options = ExecutionOptions(
            threads: 1, instructionSet: .scalar, precision: .bfloat16)
        #expect(throws: PlanError.unusablePrecision(.bfloat16, .scalar)) {
            try InferenceSession(
                graph: network.graph, tensors: network.tensors, batch: 1, options: options)
        }
        #expect(
            PlanError.unusablePrecision(.bfloat16, .scalar).description
                == "scalar kernels of this processor cannot compute in bfloat16, which needs AVX-512 with "
                + "bfloat16 instructions (avx512_bf16); use float32")
    }
}
