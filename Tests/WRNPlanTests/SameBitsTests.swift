// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNPlan
import WRNTensor
import WRNZoo

/// What must not change a bit of a result: threads, a larger planned batch, another run.
@Suite("Same bits")
struct SameBitsTests {
    private static func network() throws -> RandomNetwork {
        let graph = try WideResNet(depth: 10, width: 2, classes: 10, dropout: 0.3)
            .graph(height: 12, width: 12)
        return try RandomNetwork.filling(graph, seed: 9)
    }

    private static func train(_ network: RandomNetwork, threads: Int) throws -> [String: Tensor] {
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 3, seed: 4,
            options: ExecutionOptions(threads: threads))
        for step in 0..<4 {
            try session.step(
                images: network.images, labels: network.labels, stepIndex: step,
                optimizer: .sgd(SGD(learningRate: 0.1)))
        }
        return session.tensors()
    }

    @Test("training on 1, 2 and 5 threads", arguments: [2, 5])
    func training(threads: Int) throws {
        let network = try Self.network()
        #expect(try Self.train(network, threads: 1) == Self.train(network, threads: threads))
    }

    @Test("max pooling of several tiles on 1, 2 and 5 threads", arguments: [2, 5])
    func pooling(threads: Int) throws {
        let graph = try ResidualNetwork(
            stem: .large, stemChannels: 32, stageBlocks: [1],
            block: .bottleneck, variant: NetworkVariant(stride: .secondConvolution), width: 1,
            classes: 4, inputChannels: 3
        ).graph(height: 150, width: 140)
        let network = try RandomNetwork.filling(graph, seed: 2)
        #expect(try Self.train(network, threads: 1) == Self.train(network, threads: threads))
    }

    @Test("another seed drops other units")
    func seed() throws {
        let network = try Self.network()
        func loss(seed: UInt64, step: Int) throws -> Double {
            try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 3, seed: seed
            ).computeGradients(images: network.images, labels: network.labels, stepIndex: step).loss
        }
        let first = try loss(seed: 4, step: 0)
        #expect(try loss(seed: 4, step: 0) == first)
        #expect(try loss(seed: 5, step: 0) != first)
        #expect(try loss(seed: 4, step: 1) != first)
    }

    /// The planned batch decides on algorithms, which round differently; what else is in a batch changes nothing.
    @Test("an image's logits do not depend on the images beside it", arguments: [1, 2, 40])
    func batch(planned: Int) throws {
        let network = try Self.network()
        let classes = network.graph.outputShape.channels
        let length = network.graph.inputShape.elementCount
        func session(batch: Int) throws -> InferenceSession {
            try InferenceSession(
                graph: network.graph, tensors: network.tensors, batch: batch)
        }
        let three = try session(batch: 3)
        let all = try three.logits(for: network.images, count: 3)
        let other = try session(batch: planned)
        for image in 0..<3 {
            let values = Array(network.images[image * length..<(image + 1) * length])
            let expected = Array(all[image * classes..<(image + 1) * classes])
            #expect(try three.logits(for: values, count: 1) == expected)
            #expect(try relativeError(other.logits(for: values, count: 1), expected) < 1e-5)
        }
    }

    @Test("restoring weights and velocities continues as if nothing had happened")
    func restore() throws {
        let network = try Self.network()
        func session() throws -> TrainingSession {
            try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 3, seed: 4)
        }
        func run(_ session: TrainingSession, _ steps: Range<Int>) throws {
            for step in steps {
                try session.step(
                    images: network.images, labels: network.labels, stepIndex: step,
                    optimizer: .sgd(SGD(learningRate: 0.1)))
            }
        }
        let whole = try session()
        try run(whole, 0..<6)
        let first = try session()
        try run(first, 0..<3)
        let second = try session()
        try second.restore(first.state())
        try run(second, 3..<6)
        #expect(second.tensors() == whole.tensors())
        #expect(second.velocities() == whole.velocities())
    }
}
