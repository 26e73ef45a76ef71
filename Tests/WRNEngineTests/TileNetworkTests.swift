// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import Testing
import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// Whole networks on an emulated tile unit, whatever this processor has.
@Suite("Networks on tiles")
struct TileNetworkTests {
    /// The kernels on the emulated unit.
    static let tiles = wrn_emulated_tiles().map { TileKernels($0) }

    private static func options(threads: Int = 2) -> ExecutionOptions {
        var options = ExecutionOptions(
            threads: threads, instructionSet: .scalar, precision: .bfloat16)
        options.tiles = tiles
        return options
    }

    private static func logits(_ network: RandomNetwork, threads: Int = 2) throws -> [Float] {
        try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 4,
            options: options(threads: threads)
        ).logits(for: network.images, count: network.labels.count)
    }

    @Test(
        "inference agrees with the reference within the rounding of bfloat16",
        arguments: ReferenceParityTests.wholeNetworks.indices)
    func inference(_ index: Int) throws {
        let network = try RandomNetwork.filling(
            ReferenceParityTests.wholeNetworks[index](), seed: 3)
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
            .logits(for: network.images, count: network.labels.count)
        let found = try Self.logits(network)
        let error = relativeError(found, reference)
        #expect(error > 1e-5 && error < 0.03, "\(error)")
        #expect(try Self.logits(network, threads: 1) == found)
    }

    @Test("threads do not change a bit of a step")
    func threads() throws {
        let network = try RandomNetwork.filling(
            ReferenceParityTests.wholeNetworks[0](), seed: 3)
        let gradients = try [1, 3].map { threads in
            let session = try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 3, seed: 11,
                options: Self.options(threads: threads))
            _ = try session.computeGradients(
                images: network.images, labels: network.labels, stepIndex: 7)
            return session.gradients().mapValues(\.elements)
        }
        #expect(gradients[0] == gradients[1])
    }

    @Test(
        "a plan takes tiles for nearly all of a wide network", arguments: PlanMode.allCases)
    func plan(mode: PlanMode) throws {
        let graph = try WideResNet(depth: 28, width: 10, classes: 10).graph(height: 32, width: 32)
        let plan = try PlanDescription(
            graph: graph, batch: 8, mode: mode, options: Self.options())
        let onTiles = plan.steps.filter { $0.algorithm == .tiles }
        // All but the linear layer, and the gradient of the weight of three colours.
        #expect(onTiles.count >= (mode == .inference ? 27 : 80))
        #expect(onTiles.map(\.multiplyAdds).reduce(0, +) > plan.multiplyAdds / 1000 * 999)
        var options = Self.options()
        options.precision = .float32
        let float32 = try PlanDescription(graph: graph, batch: 8, mode: mode, options: options)
        #expect(float32.steps.allSatisfy { $0.algorithm != .tiles })
    }
}
