// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNInference

@Suite("Classification")
struct ClassificationTests {
    @Test("each image has all classes, the likeliest first, with probabilities that sum to 1")
    func ranking() throws {
        let predictions = try TinyModel.classifier().classify(
            TinyModel.images(10), indices: [9, 0, 9])
        #expect(predictions.count == 3)
        #expect(predictions[0] == predictions[2])
        #expect(predictions[0] != predictions[1])
        for ranked in predictions {
            #expect(Set(ranked.map(\.classIndex)) == [0, 1, 2, 3])
            #expect(ranked.map(\.probability) == ranked.map(\.probability).sorted(by: >))
            #expect(abs(ranked.map(\.probability).reduce(0, +) - 1) < 1e-12)
            for prediction in ranked {
                #expect(prediction.className == TinyModel.classNames[prediction.classIndex])
            }
        }
    }

    @Test("more images than the batch, and none, are answered")
    func batches() throws {
        let images = try TinyModel.images(10)
        let whole = try TinyModel.classifier(batch: 16).classify(images, indices: Array(0..<10))
        let parts = try TinyModel.classifier(batch: 3).classify(images, indices: Array(0..<10))
        // Another batch may be computed by other algorithms, which round differently.
        for (one, other) in zip(whole, parts) {
            #expect(one.map(\.classIndex) == other.map(\.classIndex))
            for (a, b) in zip(one, other) { #expect(abs(a.probability - b.probability) < 1e-5) }
        }
        let pairs = try TinyModel.classifier(batch: 3).classify(images, indices: [0, 4])
        #expect(pairs == [parts[0], parts[4]])
        #expect(try TinyModel.classifier().classify(images, indices: []).isEmpty)
    }

    @Test("the first class is right as often as the evaluation says")
    func agreesWithEvaluation() throws {
        let images = try TinyModel.images(21)
        let classifier = try TinyModel.classifier()
        let predictions = try classifier.classify(images, indices: Array(0..<21))
        let hits = zip(predictions, images.labels).count { $0[0].classIndex == $1 }
        #expect(try classifier.evaluate(images).correct == hits)
    }
}
