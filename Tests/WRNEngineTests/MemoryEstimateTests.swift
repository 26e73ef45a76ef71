// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNZoo

@Suite("Memory known before it is taken")
struct MemoryEstimateTests {
    private func tensors(_ graph: Graph) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: graph.parameters.map {
                ($0.name, Tensor(shape: $0.shape, repeating: 0))
            })
    }

    @Test(
        "the estimate is what sessions hold beside the threads' scratch",
        arguments: [(1, Precision.float32), (5, .float32), (1, .bfloat16), (5, .bfloat16)],
        ["wrn-16-2", "wrn-50-0.25"])
    func exact(_ plan: (batch: Int, precision: Precision), name: String) throws {
        let (batch, precision) = plan
        let graph = try Zoo.network(named: name, dropout: name == "wrn-16-2" ? 0.3 : 0)
            .graph(height: 32, width: 44)
        let estimate = try MemoryEstimate(graph: graph, batch: batch, precision: precision)
        // Scratch is the same for each thread, so one thread's less is no thread's.
        let inference = try [1, 2].map {
            try InferenceSession(
                graph: graph, tensors: tensors(graph), batch: batch,
                options: .init(threads: $0, precision: precision)
            ).plannedByteCount
        }
        #expect(estimate.inferenceByteCount == 2 * inference[0] - inference[1])
        let training = try [1, 2].map {
            try TrainingSession(
                graph: graph, tensors: tensors(graph), batch: batch, seed: 1,
                options: .init(threads: $0, precision: precision)
            ).plannedByteCount
        }
        #expect(estimate.trainingByteCount == 2 * training[0] - training[1])
    }

    @Test("the estimate says what the bytes are for, as the plan does")
    func breakdown() throws {
        let graph = try Zoo.network(named: "resnet-20").graph(height: 32, width: 32)
        let estimate = try MemoryEstimate(graph: graph, batch: 4)
        let training = try PlanDescription(
            graph: graph, batch: 4, mode: .training, options: .init(threads: 1)
        ).memory
        #expect(estimate.training.arenaByteCount == training.arenaByteCount)
        #expect(estimate.training.gradientByteCount == training.gradientByteCount)
        #expect(estimate.training.velocityByteCount >= 4 * graph.parameterCount)
        #expect(estimate.inference.gradientByteCount == 0)
        #expect(estimate.inference.totalByteCount == estimate.inferenceByteCount)
        #expect(estimate.training.totalByteCount == estimate.trainingByteCount)
    }

    @Test("what is refused counts the scratch memory of all threads, as the plan does")
    func scratch() throws {
        let graph = try Zoo.network(named: "wrn-10-1").graph(height: 3, width: 8192)
        let options = ExecutionOptions(threads: 16)
        let device = Device.cpu(threads: 16)
        for (mode, byteCount) in [
            (PlanMode.inference, try device.inference(graph, batch: 1).byteCount),
            (.training, try device.training(graph, batch: 1, seed: 1).byteCount),
        ] {
            let plan = try PlanDescription(graph: graph, batch: 1, mode: mode, options: options)
            #expect(plan.memory.totalByteCount == byteCount)
            #expect(plan.memory.workspaceByteCount > byteCount / 3)
        }
    }

    @Test("what cannot be counted is refused, and so is an impossible batch")
    func refusals() throws {
        let graph = try WideResNet(name: "wrn-10-1", inputChannels: 1024)
            .graph(height: 65_536, width: 65_536)
        #expect(
            throws: PlanError.invalidRequest(
                "a batch of 65536 images of 1024x65536x65536 needs more memory than can be counted; "
                    + "choose a smaller batch or smaller images")
        ) { _ = try MemoryEstimate(graph: graph, batch: 65_536) }
        #expect(throws: PlanError.invalidRequest("the batch must be in 1...65536, not 0")) {
            _ = try MemoryEstimate(graph: graph, batch: 0)
        }
    }

    @Test("a session that no machine holds is refused before it takes memory")
    func tooLarge() throws {
        let graph = try WideResNet(name: "wrn-10-1").graph(height: 65_536, width: 65_536)
        let (tensors, memory) = (tensors(graph), MemoryEstimate.physicalByteCount ?? 0)
        try #require(memory > 1 << 20)
        for body in [
            { _ = try InferenceSession(graph: graph, tensors: tensors, batch: 4096) },
            { _ = try TrainingSession(graph: graph, tensors: tensors, batch: 4096, seed: 0) },
        ] {
            let error = try #require(throws: PlanError.self) { try body() }
            let start = "a batch of 4096 images of 3x65536x65536 needs "
            #expect(error.description.hasPrefix(start))
            #expect(error.description.contains("this machine has \(memory >> 30) GiB"))
        }
    }
}
