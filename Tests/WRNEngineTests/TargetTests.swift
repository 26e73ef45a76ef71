// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// Training against a probability for each class.
@Suite("Targets that are probabilities")
struct TargetTests {
    private struct LinearCase: Decodable {
        let images: Int
        let features: Int
        let classes: Int
        let x: [Float]
        let weight: [Float]
        let bias: [Float]
        let targets: [Float]
        let loss: Double
        let correct: Int
        let weightGradient: [Float]
        let biasGradient: [Float]
    }

    @Test("give PyTorch's loss, hits and gradients of a linear layer")
    func pyTorch() throws {
        let cases = try fixture([LinearCase].self, from: "targets/targets.json")
        #expect(cases.count == 3)
        for expected in cases {
            let (features, classes) = (expected.features, expected.classes)
            var builder = try GraphBuilder(
                input: FeatureShape(channels: features, height: 1, width: 1))
            let logits = try builder.linear(
                Linear(outputs: classes), of: builder.input, name: "fc")
            let tensors = [
                "fc.weight": Tensor(shape: [classes, features], elements: expected.weight),
                "fc.bias": Tensor(shape: [classes], elements: expected.bias),
            ]
            let session = try TrainingSession(
                graph: builder.graph(output: logits), tensors: tensors, batch: 5, seed: 0)
            let result = try session.computeGradients(
                images: expected.x, targets: expected.targets, stepIndex: 0)
            #expect(abs(result.loss - expected.loss) < 1e-5)
            #expect(result.correct == expected.correct)
            let gradients = session.gradients()
            let weight = gradients["fc.weight"]?.elements ?? []
            #expect(relativeError(weight, expected.weightGradient) < 1e-5)
            let bias = gradients["fc.bias"]?.elements ?? []
            #expect(relativeError(bias, expected.biasGradient) < 1e-5)
        }
    }

    private static func network() throws -> RandomNetwork {
        try RandomNetwork.filling(
            WideResNet(depth: 10, width: 1, classes: 5, dropout: 0.3).graph(height: 8, width: 8),
            seed: 3)
    }

    /// Between two classes each, and a little of every class.
    private static func targets(_ labels: [Int], classes: Int) -> [Float] {
        labels.enumerated().flatMap { position, label -> [Float] in
            let other = labels[(position + labels.count - 1) % labels.count]
            return (0..<classes).map { c in
                (c == label ? 0.625 : 0) + (c == other ? 0.25 : 0) + 0.125 / Float(classes)
            }
        }
    }

    @Test("that are one 1 and zeros train to the bits of labels")
    func sameBits() throws {
        let network = try Self.network()
        let classes = network.graph.outputShape.channels
        let single = network.labels.flatMap { label in
            (0..<classes).map { $0 == label ? Float(1) : 0 }
        }
        func session() throws -> TrainingSession {
            try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 3, seed: 4)
        }
        let (hard, soft) = (try session(), try session())
        for step in 0..<4 {
            let expected = try hard.step(
                images: network.images, labels: network.labels, stepIndex: step,
                optimizer: .sgd(SGD(learningRate: 0.1)))
            let result = try soft.step(
                images: network.images, targets: single, stepIndex: step,
                optimizer: .sgd(SGD(learningRate: 0.1)))
            #expect(result == expected)
        }
        #expect(soft.tensors() == hard.tensors())
        #expect(soft.velocities() == hard.velocities())
    }

    @Test("give the gradients of the reference executor")
    func reference() throws {
        let network = try Self.network()
        let targets = Self.targets(network.labels, classes: network.graph.outputShape.channels)
        let reference = try ReferenceExecutor(
            graph: network.graph, tensors: network.tensors, seed: 4)
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 3, seed: 4)
        let expected = try reference.computeGradients(
            images: network.images, targets: targets, stepIndex: 6)
        let result = try session.computeGradients(
            images: network.images, targets: targets, stepIndex: 6)
        #expect(abs(result.loss - expected.loss) < 1e-5)
        #expect(result.correct == expected.correct)
        let gradients = session.gradients()
        for (name, tensor) in reference.gradients() {
            let error = relativeError(gradients[name]?.elements ?? [], tensor.elements)
            #expect(error < 1e-3, "gradient of \(name): \(error)")
        }
    }

    @Test("with weights of the images give the gradients of the reference executor")
    func weights() throws {
        let network = try Self.network()
        let targets = Self.targets(network.labels, classes: network.graph.outputShape.channels)
        let factors = network.labels.indices.map { 0.25 + Double($0) }
        func weights(_ factors: [Double], _ labels: [Int]? = nil) -> ImageWeights {
            ImageWeights(factors: factors, labels: labels ?? network.labels)
        }
        func executors() throws -> (ReferenceExecutor, TrainingSession) {
            (
                try ReferenceExecutor(graph: network.graph, tensors: network.tensors, seed: 4),
                try TrainingSession(
                    graph: network.graph, tensors: network.tensors, batch: 3, seed: 4)
            )
        }
        let (reference, session) = try executors()
        let expected = try reference.computeGradients(
            images: network.images[...], targets: targets, weights: weights(factors), stepIndex: 6)
        let result = try session.computeGradients(
            images: network.images[...], targets: targets, weights: weights(factors), stepIndex: 6)
        #expect(abs(result.loss - expected.loss) < 1e-5)
        #expect(result.correct == expected.correct)
        let gradients = session.gradients()
        for (name, tensor) in reference.gradients() {
            let error = relativeError(gradients[name]?.elements ?? [], tensor.elements)
            #expect(error < 1e-3, "gradient of \(name): \(error)")
        }
        // Twice the factors are twice the loss and the gradients.
        let (_, twice) = try executors()
        let double = try twice.computeGradients(
            images: network.images[...], targets: targets, weights: weights(factors.map { 2 * $0 }),
            stepIndex: 6)
        #expect(double.loss == 2 * result.loss)
        let refused: [ImageWeights] = [
            weights([1, 1]), weights([1, 1, -1]), weights([1, 1, .nan]), weights(factors, [0, 1]),
            weights(factors, [0, 1, 5]), weights(factors, [0, -1, 1]),
        ]
        for bad in refused {
            #expect(throws: PlanError.self) {
                try twice.computeGradients(
                    images: network.images[...], targets: targets, weights: bad, stepIndex: 6)
            }
        }
    }

    @Test("have gradients that are differences of the loss")
    func finiteDifferences() throws {
        let network = try Self.network()
        let targets = Self.targets(network.labels, classes: network.graph.outputShape.channels)
        let reference = try ReferenceExecutor(
            graph: network.graph, tensors: network.tensors, seed: 1)
        _ = try reference.computeGradients(images: network.images, targets: targets, stepIndex: 4)
        let gradients = reference.preciseGradients
        let (images, precise) = (network.images.map(Double.init), targets.map(Double.init))
        let names = network.graph.parameters.filter(\.isTrainable).map(\.name)
        for name in [names[0]] + names.suffix(2) {
            let gradient = try #require(gradients[name])
            for index in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 7)) {
                let original = try #require(reference.values[name])[index]
                func loss(_ offset: Double) -> Double {
                    reference.values[name]?[index] = original + offset
                    return reference.loss(images: images, targets: precise, stepIndex: 4)
                }
                let difference = (loss(1e-5) - loss(-1e-5)) / 2e-5
                _ = loss(0)
                #expect(abs(difference - gradient[index]) < 1e-6, "\(name) \(index)")
            }
        }
    }

    @Test("count as met where the likeliest class has the largest logit")
    func hits() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 2, height: 1, width: 1))
        let logits = try builder.linear(Linear(outputs: 2), of: builder.input, name: "fc")
        let session = try TrainingSession(
            graph: builder.graph(output: logits),
            tensors: [
                "fc.weight": Tensor(shape: [2, 2], elements: [1, 0, 0, 1]),
                "fc.bias": Tensor(shape: [2], elements: [0, 0]),
            ], batch: 4, seed: 0)
        let result = try session.computeGradients(
            images: [2, 1, 2, 1, 1, 2, 1, 2], targets: [0.75, 0.25, 0.25, 0.75, 0.5, 0.5, 0, 1],
            stepIndex: 0)
        #expect(result.correct == 2)
    }

    /// As the weights of classes make them, of which a rare one weighs many times more.
    @Test("count as met by the labels where images have weights, whatever the likeliest class is")
    func weightedHits() throws {
        var builder = try GraphBuilder(input: FeatureShape(channels: 2, height: 1, width: 1))
        let logits = try builder.linear(Linear(outputs: 2), of: builder.input, name: "fc")
        let graph = builder.graph(output: logits)
        let tensors = [
            "fc.weight": Tensor(shape: [2, 2], elements: [1, 0, 0, 1]),
            "fc.bias": Tensor(shape: [2], elements: [0, 0]),
        ]
        let session = try TrainingSession(graph: graph, tensors: tensors, batch: 4, seed: 0)
        let reference = try ReferenceExecutor(graph: graph, tensors: tensors, seed: 0)
        // The largest logits are 0, 0, 1 and 1, and all largest targets 1.
        let images: [Float] = [2, 1, 2, 1, 1, 2, 1, 2]
        let targets: [Float] = [0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0, 1]
        var losses: Set<Double> = []
        var gradients: Set<[Float]> = []
        for (labels, hits) in [([0, 0, 0, 1], 3), ([0, 0, 0, 0], 2), ([1, 1, 0, 0], 0)] {
            let weights = ImageWeights(factors: [1, 2, 0.5, 4], labels: labels)
            let result = try session.computeGradients(
                images: images[...], targets: targets, weights: weights, stepIndex: 0)
            let expected = try reference.computeGradients(
                images: images[...], targets: targets, weights: weights, stepIndex: 0)
            #expect(result.correct == hits && expected.correct == hits, "\(labels)")
            losses.insert(result.loss)
            gradients.insert(session.gradients()["fc.weight"]?.elements ?? [])
        }
        // Labels count hits and change nothing else.
        #expect(losses.count == 1 && gradients.count == 1)
    }
}
