// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNZoo

@Suite("The predicted step of several workers")
struct WorkerPredictionTests {
    private static let graph = Result { try WideResNet(name: "wrn-10-1").graph() }

    private static func prediction(
        workers: Int, shards: Int, bitsPerSecond: Double
    ) throws -> WorkerPrediction {
        let graph = try graph.get()
        let plan = try PlanDescription(
            graph: graph, batch: 8, mode: .training, options: ExecutionOptions(threads: 1))
        return WorkerPrediction(
            plan, of: graph, workers: workers, shards: shards, bitsPerSecond: bitsPerSecond)
    }

    @Test("one worker waits for nothing and loses nothing")
    func single() throws {
        let one = try Self.prediction(workers: 1, shards: 4, bitsPerSecond: 1)
        #expect(one.sentByteCount == 0)
        #expect(one.waitingSeconds == 0)
        #expect(abs(one.efficiency - 1) < 1e-12)
    }

    @Test("a worker sends 2 (N - 1) / N times its gradients, and its statistics")
    func bytes() throws {
        let graph = try Self.graph.get()
        let all = 4 * graph.parameters.map(\.shape.elementCount).reduce(0, +)
        #expect(
            try Self.prediction(workers: 2, shards: 2, bitsPerSecond: 1e9).sentByteCount == all)
        #expect(
            try Self.prediction(workers: 4, shards: 4, bitsPerSecond: 1e9).sentByteCount
                == all * 3 / 2)
    }

    @Test("a fast network costs messages and each update, a slow one all that it carries")
    func rates() throws {
        let fast = try Self.prediction(workers: 2, shards: 4, bitsPerSecond: 1e15)
        let slow = try Self.prediction(workers: 2, shards: 4, bitsPerSecond: 1e6)
        #expect(fast.waitingSeconds < 1e-6)
        #expect(abs(fast.messageSeconds - 1.7e-9 * Double(fast.sentByteCount)) < 1e-12)
        let computed = fast.seconds - fast.messageSeconds
        #expect(fast.singleSeconds / (2 * computed) > fast.efficiency)
        #expect(fast.efficiency > 0.9 && fast.efficiency <= 1)
        #expect(slow.seconds > Double(8 * slow.sentByteCount) / 1e6)
        #expect(slow.efficiency < 0.5)
        #expect(abs(slow.seconds - slow.waitingSeconds - fast.seconds) < 1e-6)
        let medium = try Self.prediction(workers: 2, shards: 4, bitsPerSecond: 1e8)
        #expect(medium.efficiency < fast.efficiency && medium.efficiency > slow.efficiency)
    }
}
