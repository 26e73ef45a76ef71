// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNKernels
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan

/// Training with activations and their gradients of bfloat16 in memory, against a reference that
/// rounds the activations that the plan stores.
@Suite("bfloat16 in training")
struct BFloat16TrainingTests {
    static let sets = InstructionSet.usable

    /// The relative distance of all tensors together.
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

    /// The distances of a step from the reference's.
    private struct Distances {
        let loss: Double
        let gradients: Double
        /// Of the updated weights and running statistics.
        let state: Double
    }

    /// Takes one step.
    ///
    /// - Parameters:
    ///   - rates: Those by which algorithms are chosen; nil for the kernels' own.
    ///   - tiles: Kernels of tiles that replace the processor's.
    private static func distances(
        _ network: RandomNetwork, seed: UInt64, _ set: InstructionSet?, _ rates: BFloat16Rates?,
        _ scope: TrainingScope = TrainingScope(), tiles: TileKernels? = nil
    ) throws -> Distances {
        let program = Program.lowered(
            network.graph, for: .training, scope: scope, precision: .bfloat16)
        let reference = try ReferenceExecutor(
            graph: network.graph, tensors: network.tensors, seed: seed, scope: scope,
            rounding: program.narrowNodes)
        let optimizer = Optimizer.sgd(SGD(learningRate: 0.01))
        let expected = try reference.computeGradients(
            images: network.images, labels: network.labels, stepIndex: 7)
        reference.update(optimizer, factors: [:], maximumNorm: nil as Double?)
        var options = ExecutionOptions(threads: 2, instructionSet: set, precision: .bfloat16)
        options.tiles = tiles
        let plan = try NetworkPlan(
            program, batch: 4, rates: rates ?? options.bfloat16Rates, scope: scope)
        let session = try TrainingSession(
            plan, tensors: network.tensors, seed: seed, options: options)
        let result = try session.step(
            images: network.images, labels: network.labels, stepIndex: 7, optimizer: optimizer)
        return Distances(
            loss: abs(result.loss - expected.loss) / max(expected.loss, 1),
            gradients: distance(session.gradients(), reference.gradients()),
            state: distance(session.tensors(), reference.tensors()))
    }

    /// Expects a step to differ from the reference by the rounding of gradients, and by what
    /// follows where an activation's sign, or a maximum's place, turns on a number's last bit.
    private func check(
        _ network: RandomNetwork, seed: UInt64, _ set: InstructionSet,
        _ scope: TrainingScope = TrainingScope()
    ) throws -> Double {
        let distances = try Self.distances(network, seed: seed, set, BFloat16Rates.none, scope)
        #expect(distances.loss < 2e-3 && distances.gradients < 0.15 && distances.state < 5e-3)
        return distances.gradients
    }

    /// Expects most distances to be those of the rounding alone.
    private func checkMost(_ distances: [Double], limit: Double) {
        let sorted = distances.sorted()
        #expect(sorted[sorted.count / 2] > 1e-5, "something is rounded")
        #expect(sorted[sorted.count / 2] < limit / 2 && sorted[sorted.count * 9 / 10] < limit)
    }

    @Test("a step of random graphs agrees with the reference", arguments: sets)
    func randomGraphs(set: InstructionSet) throws {
        checkMost(
            try ReferenceParityTests.seeds.map { seed in
                try check(RandomNetwork(seed: seed), seed: seed, set)
            }, limit: 0.01)
    }

    @Test("a step of a network of each kind agrees with the reference", arguments: sets)
    func wholeNetworks(set: InstructionSet) throws {
        checkMost(
            try ReferenceParityTests.wholeNetworks.map { graph in
                try check(RandomNetwork.filling(graph(), seed: 3), seed: 11, set)
            }, limit: 0.02)
    }

    @Test("a part of a network is trained as the reference trains it", arguments: [false, true])
    func frozen(statistics: Bool) throws {
        checkMost(
            try (1...40 as ClosedRange<UInt64>).map { seed in
                let network = try RandomNetwork(seed: seed)
                let trainable = network.graph.parameters.filter(\.isTrainable).map(\.name)
                let scope = TrainingScope(
                    frozen: Set(trainable.prefix(trainable.count / 2)),
                    frozenStatistics: statistics)
                let set = Self.sets[Int(seed) % Self.sets.count]
                return try check(network, seed: seed, set, scope)
            }, limit: 0.01)
    }

    @Test(
        "a step with the processor's own algorithms, or on tiles, stays near the reference",
        arguments: [nil, TileNetworkTests.tiles])
    func products(tiles: TileKernels?) throws {
        // Weights and inputs of products are rounded, too, and activations change their sign.
        let networks = try ReferenceParityTests.wholeNetworks.map {
            try RandomNetwork.filling($0(), seed: 3)
        }
        let distances = try networks.map {
            try Self.distances($0, seed: 11, nil, nil, tiles: tiles)
        }
        for distance in distances {
            #expect(distance.loss < 0.02 && distance.gradients < 0.5 && distance.state < 0.01)
        }
        checkMost(distances.map(\.gradients), limit: 0.3)
    }

    @Test("training in bfloat16 takes at most 0.65 of the memory of training in float32")
    func memory() throws {
        let graph = try WideResNet(name: "wrn-16-4").graph()
        func memory(_ precision: Precision) throws -> PlanDescription.Memory {
            try PlanDescription(
                graph: graph, batch: 128, mode: .training,
                options: ExecutionOptions(threads: 2, precision: precision)
            ).memory
        }
        let (narrow, wide) = (try memory(.bfloat16), try memory(.float32))
        #expect(Double(narrow.totalByteCount) < 0.65 * Double(wide.totalByteCount))
        #expect(Double(narrow.arenaByteCount) < 0.55 * Double(wide.arenaByteCount))
        #expect(narrow.weightByteCount == wide.weightByteCount)
        #expect(narrow.velocityByteCount == wide.velocityByteCount)
    }
}
