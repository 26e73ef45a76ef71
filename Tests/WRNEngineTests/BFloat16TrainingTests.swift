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

/// Training with activations and their gradients of bfloat16 in memory.
@Suite("bfloat16 in training")
struct BFloat16TrainingTests {
    /// The relative distance of all gradients together.
    private static func distance(
        _ actual: [String: Tensor], _ expected: [String: Tensor]
    ) -> Double {
        var (square, norm) = (0.0, 0.0)
        for (name, tensor) in expected {
            let elements = actual[name]?.elements ?? []
            guard elements.count == tensor.elements.count else { return .infinity }
            for (a, e) in zip(elements, tensor.elements) {
                square += (Double(a) - Double(e)) * (Double(a) - Double(e))
                norm += Double(e) * Double(e)
            }
        }
        return (square / norm).squareRoot()
    }

    @Test(
        "a step of random graphs agrees with the reference",
        arguments: ReferenceParityTests.seeds)
    func randomGraphs(seed: UInt64) throws {
        let network = try RandomNetwork(seed: seed)
        let set = InstructionSet.usable[Int(seed) % InstructionSet.usable.count]
        try Self.check(network, batch: 4, seed: seed, set)
    }

    @Test(
        "a step of a network of each kind agrees with the reference",
        arguments: ReferenceParityTests.wholeNetworks.indices, InstructionSet.usable)
    func wholeNetwork(_ index: Int, set: InstructionSet) throws {
        let network = try RandomNetwork.filling(
            ReferenceParityTests.wholeNetworks[index](), seed: 3)
        try Self.check(network, batch: 3, seed: 11, set)
    }

    private static func check(
        _ network: RandomNetwork, batch: Int, seed: UInt64, _ set: InstructionSet
    ) throws {
        let reference = try ReferenceExecutor(
            graph: network.graph, tensors: network.tensors, seed: seed)
        let expected = try reference.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: batch, seed: seed,
            options: ExecutionOptions(threads: 2, instructionSet: set, precision: .bfloat16))
        let result = try session.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        let loss = abs(result.loss - expected.loss) / max(expected.loss, 1)
        let gradients = distance(session.gradients(), reference.gradients())
        let state = distance(session.tensors(), reference.tensors())
        #expect(loss < 0.05 && gradients < 0.3 && state < 0.01)
    }
}
