// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNGraph
import WRNKernels
import WRNTensor
import WRNTestSupport
import WRNThreads
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan

@Suite("Weights that several sessions share")
struct PreparedWeightsTests {
    private static func network(seed: UInt64 = 3) throws -> RandomNetwork {
        try RandomNetwork.filling(WideResNet(name: "wrn-16-2").graph(), seed: seed)
    }

    private static let count = 3

    @Test("sessions of any batch on one copy of the weights compute the bits of their own copies")
    func bits() throws {
        let network = try Self.network()
        let weights = try PreparedWeights(graph: network.graph, tensors: network.tensors)
        for (batch, threads) in [(3, 1), (7, 2), (64, 3)] {
            let own = try InferenceSession(
                graph: network.graph, tensors: network.tensors, batch: batch)
            let shared = try InferenceSession(weights, batch: batch, threads: threads)
            let logits = try shared.logits(for: network.images, count: Self.count)
            #expect(logits == (try own.logits(for: network.images, count: Self.count)))
        }
    }

    @Test("feature sessions give the same features from shared weights as from their own")
    func features() throws {
        let network = try Self.network()
        let part = try NetworkPart(of: network.graph, upTo: ["group1", "pool"])
        let weights = try PreparedWeights(part, tensors: network.tensors)
        let own = try FeatureSession(part, tensors: network.tensors, batch: 3)
        let shared = try FeatureSession(weights, batch: 8, threads: 2)
        let features = try shared.features(for: network.images, count: Self.count)
        #expect(features == (try own.features(for: network.images, count: Self.count)))
        #expect(features.count == 2)
    }

    @Test(
        "a part of a network has the features of its own weights, from the whole network's copy",
        arguments: [Precision.float32, .bfloat16])
    func part(precision: Precision) throws {
        let options = ExecutionOptions(precision: precision)
        let network = try Self.network()
        let whole = try PreparedWeights(
            graph: network.graph, tensors: network.tensors, options: options)
        let nodes = [try network.graph.layer(named: "relu"), network.graph.output]
        for (part, isShared) in [
            (NetworkPart(of: network.graph, at: nodes), true),
            // The layers behind it are missing, and with them their places among the numbers.
            (try NetworkPart(of: network.graph, upTo: ["group1"]), false),
        ] {
            let weights = try PreparedWeights(part, of: whole)
            #expect(weights.shares(whole) == isShared)
            let own = try FeatureSession(
                part, tensors: network.tensors, batch: 3, options: options)
            let features = try FeatureSession(weights, batch: 3)
                .features(for: network.images, count: Self.count)
            #expect(features == (try own.features(for: network.images, count: Self.count)))
        }
    }

    @Test("weights that a part of the network shares do not change when a session loads others")
    func partKeepsWeights() throws {
        let (first, second) = (try Self.network(), try Self.network(seed: 4))
        let session = try InferenceSession(
            graph: first.graph, tensors: first.tensors, batch: 3)
        let part = NetworkPart(
            of: first.graph, at: [try first.graph.layer(named: "relu"), first.graph.output])
        let features = try FeatureSession(PreparedWeights(part, of: session.weights), batch: 3)
        let before = try features.features(for: first.images, count: Self.count)
        try session.load(second.tensors)
        #expect(before == (try features.features(for: first.images, count: Self.count)))
        #expect(
            session.weights.tensor(named: "fc.bias") == second.tensors["fc.bias"])
        #expect(session.weights.tensor(named: "fc.basis") == nil)
    }

    @Test("the weights decide on the precision of their sessions")
    func precision() throws {
        let options = ExecutionOptions(precision: .bfloat16)
        let network = try Self.network()
        let weights = try PreparedWeights(
            graph: network.graph, tensors: network.tensors, options: options)
        let own = try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 3, options: options)
        let logits = try InferenceSession(weights, batch: 3)
            .logits(for: network.images, count: Self.count)
        #expect(logits == (try own.logits(for: network.images, count: Self.count)))
    }

    @Test("another session costs its activations and threads, no weights")
    func memory() throws {
        let network = try Self.network()
        let options = ExecutionOptions(threads: 2)
        let weights = try PreparedWeights(
            graph: network.graph, tensors: network.tensors, options: options)
        let plan = try PlanDescription(
            graph: network.graph, batch: 4, mode: .inference, options: options
        ).memory
        #expect(
            weights.byteCount == plan.weightByteCount + plan.statisticsByteCount
                + plan.packedWeightByteCount + plan.coefficientByteCount)
        // The whole is what it was when each session had its own.
        let session = try InferenceSession(weights, batch: 4, threads: 2)
        #expect(session.plannedByteCount == plan.totalByteCount)
        #expect(session.ownByteCount == plan.arenaByteCount + plan.workspaceByteCount)
        #expect(session.weights === weights)
        let numbers = Set(
            try (0..<8).map { _ in
                ObjectIdentifier(
                    try InferenceSession(weights, batch: 4, threads: 1).program.memory.weights)
            })
        #expect(numbers == [ObjectIdentifier(weights.numbers)])
    }

    @Test("threads with a session each compute at the same time on one copy")
    func concurrently() throws {
        let network = try Self.network()
        let weights = try PreparedWeights(graph: network.graph, tensors: network.tensors)
        let expected = try InferenceSession(weights, batch: 3)
            .logits(for: network.images, count: Self.count)
        let answers = Locked<[[Float]?]>([])
        let images = network.images
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            let session = try? InferenceSession(weights, batch: 3, threads: 1 + index % 2)
            for _ in 0..<3 {
                let logits = try? session?.logits(for: images, count: Self.count)
                answers.withLock { $0.append(logits) }
            }
        }
        #expect(answers.withLock { $0 } == [[Float]?](repeating: expected, count: 24))
    }

    @Test("loading replaces the weights of one session and leaves the others theirs")
    func load() throws {
        let (network, other) = (try Self.network(), try Self.network(seed: 4))
        func logits(_ session: InferenceSession) throws -> [Float] {
            try session.logits(for: network.images, count: Self.count)
        }
        let first = try InferenceSession(
            graph: network.graph, tensors: network.tensors, batch: 3)
        let before = try logits(first)
        let after = try logits(
            InferenceSession(graph: network.graph, tensors: other.tensors, batch: 3))
        #expect(before != after)

        let second = try InferenceSession(first.weights, batch: 3)
        try first.load(other.tensors)
        #expect(try logits(first) == after)
        #expect(try logits(second) == before)

        // Alone, a session reuses the memory of its weights.
        let numbers = ObjectIdentifier(first.weights.numbers)
        try first.load(network.tensors)
        #expect(ObjectIdentifier(first.weights.numbers) == numbers)
        #expect(try logits(first) == before)
        #expect(throws: PlanError.self) { try first.load([:]) }
        #expect(try logits(first) == before)
    }

    @Test("a part's weights make no session for logits, nor a whole network's one for features")
    func wrongKind() throws {
        let network = try Self.network()
        let part = try NetworkPart(of: network.graph, upTo: ["pool"])
        let whole = try PreparedWeights(graph: network.graph, tensors: network.tensors)
        let ending = try PreparedWeights(part, tensors: network.tensors)
        #expect(throws: PlanError.self) { _ = try InferenceSession(ending, batch: 1) }
        #expect(throws: PlanError.self) { _ = try FeatureSession(whole, batch: 1) }
        #expect(throws: PlanError.self) { _ = try InferenceSession(whole, batch: 0) }
        #expect(throws: PlanError.self) { _ = try InferenceSession(whole, batch: 1, threads: 0) }
        let name = network.graph.parameters[1].name
        #expect(throws: PlanError.missingTensor(name)) {
            var tensors = network.tensors
            tensors[name] = nil
            _ = try PreparedWeights(graph: network.graph, tensors: tensors)
        }
    }
}
