// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNImages
import WRNModel
import WRNPlan
import WRNTestSupport

@testable import WRNInference

@Suite("Views of an image")
struct TestTimeViewsTests {
    /// The mean of the probabilities of several images, computed here.
    private func mean(_ answers: [[Prediction]]) -> [Double] {
        var sums = [Double](repeating: 0, count: TinyModel.classNames.count)
        for answer in answers {
            for prediction in answer { sums[prediction.classIndex] += prediction.probability }
        }
        return sums.map { $0 / Double(answers.count) }
    }

    private func probabilities(_ predictions: [Prediction]) -> [Double] {
        predictions.sorted { $0.classIndex < $1.classIndex }.map(\.probability)
    }

    private func agree(_ one: [Double], _ other: [Double]) -> Bool {
        zip(one, other).allSatisfy { abs($0 - $1) < 1e-6 }
    }

    private func mirrored(_ image: PixelImage) -> PixelImage {
        var pixels: [UInt8] = []
        for row in 0..<image.height {
            for column in (0..<image.width).reversed() {
                let start = (row * image.width + column) * image.channels
                pixels += image.pixels[start..<start + image.channels]
            }
        }
        return PixelImage(
            height: image.height, width: image.width, channels: image.channels, pixels: pixels)
    }

    @Test("the numbers of views are those of the names")
    func counts() {
        #expect(TestTimeViews.allCases.map(\.count) == [1, 2, 5, 10])
    }

    @Test("a photograph's crops are windows of the scaled photograph, with their mirror images")
    func photographs() throws {
        // Scaled to 12 x 12 pixels, which it has, so that no pixel is resampled.
        let base = TinyModel.description()
        let description = ModelDescription(
            architecture: base.architecture, classes: 4, inputChannels: 3, inputHeight: 8,
            inputWidth: 8, classNames: base.classNames, mean: base.mean,
            standardDeviation: base.standardDeviation,
            preparation: try ImagePreparation(
                scaledHeight: 12, scaledWidth: 12, height: 8, width: 8, by: .bilinear))
        let classifier = try Classifier(
            description: description, tensors: TinyModel.model().tensors, batch: 16,
            device: .cpu(threads: 1))
        let photograph = try TinyModel.images(1, size: 12).fittedImage(at: 0)
        let windows = [(2, 2), (0, 0), (0, 4), (4, 0), (4, 4)].map { top, left in
            photograph.cropped(to: PixelRegion(top: top, left: left, height: 8, width: 8))
        }
        // Windows of the network's size are fitted by another rule: as arrays they stay.
        func set(_ images: [PixelImage]) throws -> LabelledImages {
            try LabelledImages(
                name: "windows", channels: 3, height: 8, width: 8,
                pixels: images.flatMap(\.pixels), labels: images.map { _ in 0 },
                classNames: TinyModel.classNames)
        }
        let ten = windows + windows.map(mirrored)
        let single = try classifier.classify(set(ten), indices: Array(0..<10))
        for (views, answers) in [
            (TestTimeViews.single, [0]), (.flip, [0, 5]), (.fiveCrops, Array(0..<5)),
            (.tenCrops, Array(0..<10)),
        ] {
            let found = try classifier.classify([photograph], views: views)[0]
            #expect(agree(probabilities(found), mean(answers.map { single[$0] })), "\(views)")
        }
    }

    @Test("an image of the network's size is extended by reflection, for predict and evaluate")
    func arrays() throws {
        let classifier = try TinyModel.classifier(batch: 3)
        let images = try TinyModel.images(7)
        for views in [TestTimeViews.fiveCrops, .tenCrops] {
            let evaluation = try classifier.evaluate(images, workers: 2, views: views)
            let predictions = try classifier.classify(
                images, indices: Array(0..<7), views: views)
            for (answer, predicted) in zip(evaluation.answers, predictions) {
                #expect(answer.prediction == predicted[0].classIndex)
                #expect(abs(answer.probability - predicted[0].probability) < 1e-6)
            }
            let windows = try CropPlace.allCases.map {
                try images.fittedImage(at: 4).window(at: $0)
            }
            let all = views == .fiveCrops ? windows : windows + windows.map(mirrored)
            let set = try LabelledImages(
                name: "windows", channels: 3, height: 8, width: 8,
                pixels: all.flatMap(\.pixels), labels: all.map { _ in 0 },
                classNames: TinyModel.classNames)
            let single = try classifier.classify(set, indices: Array(0..<all.count))
            #expect(agree(probabilities(predictions[4]), mean(single)))
        }
    }

    @Test("the averages have the same bits on any number of threads and workers")
    func threads() throws {
        let model = try TinyModel.model()
        let images = try TinyModel.images(21)
        let evaluations = try [(1, 1), (3, 4)].map { threads, workers in
            try Classifier(
                description: model.description, tensors: model.tensors, batch: 8,
                device: .cpu(threads: threads)
            ).evaluate(images, workers: workers, views: .tenCrops)
        }
        #expect(evaluations[0] == evaluations[1])
        let single = try TinyModel.classifier().evaluate(images)
        #expect(evaluations[0].loss != single.loss)
    }

    @Test("files give what their images give, and a broken one is left out of every view")
    func files() throws {
        let directory = try TemporaryDirectory()
        for (index, name) in ["ant", "bee", "cat", "dog"].enumerated() {
            for number in 0..<2 {
                let image = try TinyModel.images(8, size: 14 + number).fittedImage(at: 2 * index)
                try directory.write("test/\(name)/\(number).png", image.png())
                try directory.write("train/\(name)/\(number).png", image.png())
            }
        }
        try directory.write("test/bee/broken.png", [1, 2, 3])
        let classifier = try TinyModel.classifier(batch: 3)
        let images = try DataSource(
            directory.path, options: classifier.description.fileOptions
        ).load(.test)
        let evaluation = try classifier.evaluate(images, skipsBroken: true, views: .fiveCrops)
        #expect(evaluation.count == 8 && evaluation.broken.count == 1)
        var files = ImageList()
        try files.append(directory.path + "/test")
        var answers: [[Prediction]] = []
        try classifier.classify(files, views: .fiveCrops) { _, answer in
            if case .success(let predictions) = answer { answers.append(predictions) }
        }
        #expect(answers.count == 8)
        for (answer, predictions) in zip(evaluation.answers, answers) {
            #expect(answer.prediction == predictions[0].classIndex)
            #expect(abs(answer.probability - predictions[0].probability) < 1e-6)
        }
    }
}
