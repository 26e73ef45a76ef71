// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor

@Suite("Nearest neighbours")
struct NearestNeighboursTests {
    private static let compass = NearestNeighbours(
        classNames: ["east", "north", "west"],
        features: [[2, 0], [5, 0.1], [0, 3], [0.2, 9], [-1, 0]], labels: [0, 0, 1, 1, 2])

    @Test("the nearest direction wins, however long the features are")
    func nearest() {
        for scale: Float in [0.001, 1, 1000] {
            let answer = Self.compass.classify([0.1 * scale, scale], k: 1)
            #expect(answer.map(\.className) == ["north", "east", "west"])
            #expect(answer.map(\.probability) == [1, 0, 0])
        }
        #expect(Self.compass.classify([-3, 0.2], k: 1)[0].className == "west")
    }

    @Test("votes weigh as the formula says")
    func votes() {
        // The cosines with the five examples, of which the three largest vote.
        let query: [Float] = [1, 1.5]
        let examples: [(x: Double, y: Double, label: Int)] = [
            (2, 0, 0), (5, 0.1, 0), (0, 3, 1), (0.2, 9, 1), (-1, 0, 2),
        ]
        let cosines = examples.map { example in
            (
                similarity: (example.x + 1.5 * example.y)
                    / ((example.x * example.x + example.y * example.y) * 3.25).squareRoot(),
                label: example.label
            )
        }.sorted { $0.similarity > $1.similarity }.prefix(3)
        var votes = [0.0, 0, 0]
        for (similarity, label) in cosines { votes[label] += exp(similarity / 0.07) }
        let answer = Self.compass.classify(query, k: 3)
        #expect(abs(answer.map(\.probability).reduce(0, +) - 1) < 1e-12)
        for prediction in answer {
            let expected = votes[prediction.classIndex] / votes.reduce(0, +)
            #expect(abs(prediction.probability - expected) < 1e-6)
        }
        #expect(answer.map(\.probability) == answer.map(\.probability).sorted(by: >))
    }

    @Test("more neighbours than examples, features without a direction, and ties")
    func edges() {
        let all = Self.compass.classify([1, 0], k: 100)
        #expect(all == Self.compass.classify([1, 0], k: 5))
        #expect(all[0].className == "east")
        let zero = Self.compass.classify([0, 0], k: 5)
        #expect(zero.map(\.classIndex) == [0, 1, 2])
        #expect(abs(zero[0].probability - 0.4) < 1e-12)
        let twins = NearestNeighbours(
            classNames: ["a", "b"], features: [[1, 1], [1, 1]], labels: [1, 0])
        #expect(twins.classify([1, 1], k: 1)[0].className == "b")
        #expect(twins.classify([1, 1], k: 2)[0].className == "a")
    }

    @Test("an example is its own nearest neighbour")
    func ownNeighbour() throws {
        let model = try TinyModel.model()
        let extractor = try FeatureExtractor(
            description: model.description, tensors: model.tensors, batch: 4,
            device: .cpu(threads: 1))
        let images = try TinyModel.images(10)
        let classifier = try NeighbourClassifier(extractor, examples: images, k: 1)
        #expect(classifier.neighbours.count == 10)
        #expect(classifier.neighbours.labels == images.labels)
        let features = try extractor.features(of: images, indices: Array(0..<10))
        for (features, label) in zip(features, images.labels) {
            let answer = classifier.neighbours.classify(features[0].elements, k: 1)
            #expect(answer[0].classIndex == label)
        }
        #expect(throws: CancellationError.self) {
            _ = try NeighbourClassifier(extractor, examples: images, isCancelled: { true })
        }
        #expect(throws: InferenceError.noImages(dataset: "tiny")) {
            _ = try NeighbourClassifier(extractor, examples: images.prefix(0))
        }
    }
}
