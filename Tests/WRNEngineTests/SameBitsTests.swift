// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNTestSupport
import WRNZoo

/// What must not change a bit of a result: threads, a larger planned batch, another run.
@Suite("Same bits")
struct SameBitsTests {
    private static func network() throws -> RandomNetwork {
        let graph = try WideResNet(depth: 10, width: 2, classes: 10, dropout: 0.3)
            .graph(height: 12, width: 12)
        return try RandomNetwork.filling(graph, seed: 9)
    }

    private static func train(
        _ network: RandomNetwork, threads: Int, _ precision: Precision
    ) throws -> [String: Tensor] {
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 3, seed: 4,
            options: ExecutionOptions(threads: threads, precision: precision))
        for step in 0..<4 {
            try session.step(
                images: network.images, labels: network.labels, stepIndex: step,
                optimizer: .sgd(SGD(learningRate: 0.1)))
        }
        return session.tensors()
    }

    @Test("training on 1, 2, 3 and 5 threads", arguments: [2, 3, 5], Precision.allCases)
    func training(threads: Int, precision: Precision) throws {
        let network = try Self.network()
        #expect(
            try Self.train(network, threads: 1, precision)
                == Self.train(network, threads: threads, precision))
    }

    @Test(
        "max pooling of several tiles on 1, 2 and 5 threads", arguments: [2, 5],
        Precision.allCases)
    func pooling(threads: Int, precision: Precision) throws {
        let graph = try ResidualNetwork(
            stem: .large, stemChannels: 32, stageBlocks: [1],
            block: .bottleneck, variant: NetworkVariant(stride: .secondConvolution), width: 1,
            classes: 4, inputChannels: 3
        ).graph(height: 150, width: 140)
        let network = try RandomNetwork.filling(graph, seed: 2)
        #expect(
            try Self.train(network, threads: 1, precision)
                == Self.train(network, threads: threads, precision))
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

    /// Networks with layers of which a small batch would choose another algorithm than a large one.
    static let anyBatchNetworks: [@Sendable () throws -> Graph] = [
        { try WideResNet(depth: 10, width: 1).graph() },
        { try Zoo.network(named: "wrn-10-2-leaky0.1-rawshortcut").graph(height: 32, width: 32) },
        { try Zoo.network(named: "wrn-10-2-silu").graph(height: 32, width: 32) },
        { try Zoo.network(named: "resnet-8-padboth").graph(height: 30, width: 33) },
        {
            try ResidualNetwork(
                stem: .large, stemChannels: 32, stageBlocks: [1, 1, 1], block: .bottleneck,
                variant: NetworkVariant(stride: .secondConvolution), width: 2, classes: 10,
                inputChannels: 3
            ).graph(height: 64, width: 64)
        },
    ]

    @Test(
        "logits and features of an image in batches of 1 to 64, the last of them not full, on any number of threads",
        arguments: anyBatchNetworks.indices, Precision.allCases)
    func anyBatch(_ index: Int, precision: Precision) throws {
        let graph = try Self.anyBatchNetworks[index]()
        let network = try RandomNetwork.filling(graph, seed: 6)
        let length = graph.inputShape.elementCount
        let image = Array(network.images[..<length])
        let other = Array(network.images[length..<2 * length])
        let layers = graph.layerNames().filter { $0 != "fc" }
        let part = try NetworkPart(of: graph, upTo: layers)
        var expected: (logits: [Float], features: [[Float]])?
        let batches = [(1, 1), (3, 3), (17, 17), (64, 1), (2, 2), (4, 4), (5, 5), (64, 3)]
        for (batch, count) in precision == .float32 ? batches[...] : batches[..<4] {
            // The image is the last of its batch.
            let images = (1..<count).flatMap { _ in other } + image
            let options = ExecutionOptions(threads: 1 + batch % 3, precision: precision)
            let session = try InferenceSession(
                graph: graph, tensors: network.tensors, batch: batch, options: options)
            let logits = Array(
                try session.logits(for: images, count: count).suffix(graph.outputShape.channels))
            let extractor = try FeatureSession(
                part, tensors: network.tensors, batch: batch, options: options)
            let features = try zip(extractor.features(for: images, count: count), part.outputs).map
            {
                Array($0.suffix($1.shape.elementCount))
            }
            if let expected {
                #expect(logits == expected.logits, "logits in a batch of \(batch)")
                for (index, layer) in layers.enumerated() {
                    #expect(
                        features[index] == expected.features[index],
                        "\(layer) in a batch of \(batch)")
                }
            }
            expected = expected ?? (logits, features)
        }
    }

    @Test("inference plans the same algorithms for every batch, where training would not")
    func algorithms() throws {
        for name in ["wrn-16-1", "wrn-16-4", "wrn-10-2-leaky0.1"] {
            let graph = try WideResNet(name: name).graph()
            func algorithms(_ batch: Int, _ mode: PlanMode) throws -> [PlanDescription.Algorithm?] {
                try PlanDescription(graph: graph, batch: batch, mode: mode).steps
                    .filter { $0.kind == .convolution }.map(\.algorithm)
            }
            let expected = try algorithms(64, .inference)
            for batch in [1, 2, 3, 4, 17] {
                #expect(try algorithms(batch, .inference) == expected, "\(name), batch \(batch)")
            }
            #expect(try algorithms(1, .training) != algorithms(64, .training))
        }
    }

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
            #expect(try other.logits(for: values, count: 1) == expected)
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
