// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNImages
import WRNInference
import WRNModel
import WRNPlan

@Suite("Evaluation")
struct EvaluationTests {
    @Test("loss and hits are those of a computation image by image")
    func agreesWithImageByImage() throws {
        let (model, images) = (try TinyModel.model(), try TinyModel.images(21))
        let evaluation = try TinyModel.classifier().evaluate(images)

        let session = try InferenceSession(
            graph: model.description.graph(), tensors: model.tensors, batch: 1)
        var loss = 0.0
        var hits = [0, 0, 0, 0]
        for index in 0..<images.count {
            let values = images.pixels(of: index).enumerated().map { position, pixel in
                (Float(pixel) / 255 - model.description.mean[position % 3])
                    / model.description.standardDeviation[position % 3]
            }
            let logits = try session.logits(for: values, count: 1).map(Double.init)
            let label = images.labels[index]
            loss += log(logits.map { exp($0 - logits[label]) }.reduce(0, +))
            if logits[label] == logits.max() { hits[label] += 1 }
        }
        #expect(abs(evaluation.loss - loss / 21) < 1e-6 * abs(loss))
        #expect(evaluation.classes.map(\.correct) == hits)
        #expect(evaluation.classes.map(\.count) == [6, 5, 5, 5])
        #expect(evaluation.classes.map(\.name) == TinyModel.classNames)
        #expect(evaluation.count == 21)
        #expect(evaluation.correct == hits.reduce(0, +))
        #expect(evaluation.accuracy == Double(evaluation.correct) / 21)
        #expect(evaluation.error == Double(21 - evaluation.correct) / 21)
    }

    @Test("threads and workers change no bit, the batch only the rounding")
    func sameBits() throws {
        let images = try TinyModel.images(21)
        let expected = try TinyModel.classifier(batch: 8, threads: 1).evaluate(images)
        for (threads, workers) in [(2, 1), (3, 2)] {
            let evaluation = try TinyModel.classifier(batch: 8, threads: threads)
                .evaluate(images, workers: workers)
            #expect(evaluation == expected, "\(threads) threads")
        }
        for (batch, threads, workers) in [(1, 1, 1), (5, 2, 3), (64, 2, 1)] {
            let evaluation = try TinyModel.classifier(batch: batch, threads: threads)
                .evaluate(images, workers: workers)
            #expect(evaluation.classes == expected.classes, "batch \(batch)")
            #expect(abs(evaluation.loss - expected.loss) < 1e-5, "batch \(batch)")
        }
    }

    @Test("progress counts images up to the last")
    func progress() throws {
        var counts: [Int] = []
        _ = try TinyModel.classifier(batch: 8).evaluate(
            TinyModel.images(21), progress: { counts.append($0) })
        #expect(counts == [8, 16, 21])
    }

    @Test("a cancelled evaluation stops before the next batch")
    func cancellation() throws {
        var done = 0
        #expect(throws: CancellationError.self) {
            _ = try TinyModel.classifier(batch: 8).evaluate(
                TinyModel.images(21), progress: { done = $0 }, isCancelled: { done >= 8 })
        }
        #expect(done == 8)
    }

    @Test("without a closure of its own an evaluation ends with its task")
    func cancelledTask() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try TinyModel.classifier().evaluate(TinyModel.images(21))
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("loaded weights take the place of the old ones")
    func load() throws {
        let images = try TinyModel.images(21)
        let classifier = try TinyModel.classifier()
        let before = try classifier.evaluate(images)
        let graph = classifier.graph
        try classifier.load(Model.initialTensors(for: graph, seed: 99))
        #expect(try classifier.evaluate(images) != before)
        try classifier.load(TinyModel.model().tensors)
        #expect(try classifier.evaluate(images) == before)
    }

    @Test("a class without images has no accuracy; names fall back to the data set's")
    func emptyClassAndNames() throws {
        let description = TinyModel.description(classes: 5, classNames: [])
        let model = try TinyModel.model(description)
        let names = TinyModel.classNames + ["emu"]
        let evaluation = try Classifier(description: description, tensors: model.tensors)
            .evaluate(TinyModel.images(3, classNames: names))
        #expect(evaluation.classes.map(\.name) == names)
        #expect(evaluation.classes.map(\.count) == [1, 1, 1, 0, 0])
        #expect(evaluation.classes[4].accuracy == nil)
    }

    /// A model with random weights and these names.
    private func classifier(_ classNames: [String]) throws -> Classifier {
        let description = TinyModel.description(classNames: classNames)
        return try Classifier(
            description: description, tensors: TinyModel.model(description).tensors,
            device: .cpu(threads: 1))
    }

    @Test("numbers decide only where no name contradicts them")
    func otherOrder() throws {
        let classifier = try classifier(["ant", "bee", "cat", "dog"])
        for (names, numbers) in [
            (["dog", "cat", "ant", "bee"], [3, 2, 0, 1]),
            (["ant", "bee", "cow", "dog"], [0, 1, 2, 3]), (["w", "x", "y", "z"], [0, 1, 2, 3]),
        ] {
            let images = try TinyModel.images(4, classNames: names)
            #expect(try classifier.classNumbers(of: images) == numbers, "\(names)")
        }
        let images = try TinyModel.images(4, classNames: ["bee", "cow", "cat", "emu"])
        let error = #expect(throws: InferenceError.self) { try classifier.evaluate(images) }
        #expect(
            error
                == .unknownClass(
                    dataset: "tiny", name: "cow", known: ["ant", "bee", "cat", "dog"]))
        #expect(error?.message.contains("the model has no class \"cow\"") == true)
    }

    @Test("two classes of one name stay two, and one of them alone is refused")
    func sameNames() throws {
        let names = ["crane", "bee", "crane", "dog"]
        let classifier = try classifier(names)
        let evaluation = try classifier.evaluate(TinyModel.images(10, classNames: names))
        #expect(evaluation.classes.map(\.count) == [3, 3, 2, 2])
        let others = try TinyModel.images(4, classNames: ["dog", "bee"])
        #expect(try classifier.classNumbers(of: others) == [3, 1])
        let ambiguous = try TinyModel.images(4, classNames: ["bee", "crane"])
        let error = #expect(throws: InferenceError.self) { try classifier.evaluate(ambiguous) }
        #expect(
            error?.message
                == "tiny: the model has 2 classes \"crane\", the numbers 0, 2; give all classes "
                + "the model's numbers and names with a class map")
    }

    @Test("two classes of one name are no obstacle to a calibration")
    func sameNamesCalibrated() throws {
        let names = ["crane", "bee", "crane", "dog"]
        let learned = try TinyModel.learnedImages(40)
        let images = try LabelledImages(
            name: "tiny", channels: 3, height: 8, width: 8,
            pixels: (0..<40).flatMap { try learned.fittedImage(at: $0).pixels },
            labels: learned.labels, classNames: names)
        #expect(try classifier(names).calibrate(on: images).calibration.count == 40)
    }
}
