// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNInference
import WRNModel
import WRNTensorFiles
import WRNTestSupport

/// The model that comes with the package, on test images of CIFAR-10 whose answers PyTorch has
/// computed (Fixtures/bundled/make_sample.py).
@Suite("The bundled model")
struct BundledModelTests {
    private struct Answers: Decodable {
        let labels: [Int]
        let probabilities: [[Double]]
    }

    private func answers() throws -> Answers {
        try fixture(Answers.self, from: "bundled/answers.json")
    }

    /// The sample: records of a label and three planes of 32 x 32 bytes, as CIFAR-10 has them.
    private func images(_ classNames: [String]) throws -> LabelledImages {
        let bytes = try contents(of: fixture("bundled/sample.bin"))
        let (plane, record) = (32 * 32, 3 * 32 * 32 + 1)
        let starts = stride(from: 0, to: bytes.count, by: record)
        let pixels = starts.flatMap { start in
            (0..<plane).flatMap { place in (0..<3).map { bytes[start + 1 + $0 * plane + place] } }
        }
        return try LabelledImages(
            name: "sample", channels: 3, height: 32, width: 32, pixels: pixels,
            labels: starts.map { Int(bytes[$0]) }, classNames: classNames)
    }

    @Test("answers as PyTorch does with the same weights, image by image")
    func answersAsRecorded() throws {
        let classifier = try Classifier(contentsOf: .bundled)
        let wanted = try answers()
        let images = try images(classifier.description.classNames)
        #expect(images.labels == wanted.labels)
        let evaluation = try classifier.evaluate(images)
        #expect(evaluation.count == 40 && evaluation.accuracy >= 0.9)
        for (answer, probabilities) in zip(evaluation.answers, wanted.probabilities) {
            let best = try #require(
                probabilities.indices.max { probabilities[$0] < probabilities[$1] })
            #expect(answer.prediction == best, "image \(answer.index)")
            #expect(
                abs(Double(answer.probability) - probabilities[best]) < 1e-4,
                "image \(answer.index)")
            let label = probabilities[wanted.labels[answer.index]]
            #expect(abs(Double(answer.labelProbability) - label) < 1e-4, "image \(answer.index)")
        }
    }

    @Test("is WRN-16-2 for CIFAR-10, in half precision and at most 3 MB, without a place on a disk")
    func isWhatItSays() throws {
        let archive = try BundledModel.archive()
        let description = try Classifier(contentsOf: .bundled).description
        #expect(description.architecture == "wrn-16-2")
        #expect(description.classNames.first == "airplane" && description.classes == 10)
        #expect(BundledModel.bytes.count <= 3_000_000)
        #expect(archive.file == BundledModel.name)
    }
}
