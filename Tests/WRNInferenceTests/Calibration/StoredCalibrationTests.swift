// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNDialects
import WRNEngine
import WRNModel
import WRNPlan
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@testable import WRNInference

@Suite("Calibrations in models")
struct StoredCalibrationTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/model.safetensors"
        try TinyModel.model().write(to: path)
    }

    static func calibration(
        _ temperature: Double = 2.5, thresholds: AnswerThresholds? = nil
    ) -> ModelCalibration {
        ModelCalibration(
            temperature: temperature, data: "photos", split: "validation", count: 12,
            lossBefore: 2, loss: 1.5, errorBefore: 0.2, error: 0.1, thresholds: thresholds)
    }

    @Test("a fit on images is stored, and every answer follows from it")
    func endToEnd() throws {
        let images = try TinyModel.learnedImages(40)
        let result = try Classifier(contentsOf: path).calibrate(on: images)
        let calibration = result.calibration
        #expect(calibration.count == 40 && calibration.data == "tiny" && calibration.split == nil)
        #expect(calibration.loss < calibration.lossBefore)
        #expect(result.before == (try Classifier(contentsOf: path).evaluate(images)))
        try calibration.write(into: path)
        let classifier = try Classifier(contentsOf: path, batch: 3)
        #expect(classifier.description.calibration == calibration)
        #expect(try classifier.evaluate(images) == result.after)
        #expect(result.after.loss == calibration.loss)
        #expect(result.after.calibration().expectedError == calibration.error)
        // Probabilities of predictions are the same.
        let predictions = try classifier.classify(images, indices: [7])[0]
        #expect(predictions[0].probability == result.after.answers[7].probability)
        #expect(isClose(predictions.reduce(0) { $0 + $1.probability }, 1))
        // A calibration does not begin from another one.
        #expect(try classifier.calibrate(on: images).calibration == calibration)
        // The halves have temperatures of their own.
        let halves = try #require(result.crossFitted)
        #expect(halves.loss >= result.after.loss)
        #expect(halves.answers.map(\.prediction) == result.after.answers.map(\.prediction))
    }

    @Test("the result is the same on any number of threads and workers")
    func threads() throws {
        let images = try TinyModel.learnedImages(41)
        let model = try TinyModel.model()
        let results = try [(1, 1, 8), (3, 2, 8)].map { threads, workers, batch in
            try Classifier(
                description: model.description, tensors: model.tensors, batch: batch,
                device: .cpu(threads: threads)
            ).calibrate(on: images, workers: workers)
        }
        #expect(results[0].calibration == results[1].calibration)
        #expect(results[0].after == results[1].after)
    }

    @Test("all tensors keep their bytes and their types, and removing gives the old file")
    func bytes() throws {
        for elementType in [ElementType.float32, .float16] {
            try WeightsConversion(contentsOf: path).write(
                to: directory.path + "/a.safetensors", in: .canonical, as: elementType)
            let file = directory.path + "/a.safetensors"
            let old = try Data(contents(of: file))
            try Self.calibration().write(into: file)
            let new = try Data(contents(of: file))
            let archive = try Safetensors.read(contentsOf: file)
            let data = archive.entries.reduce(0) { $0 + $1.byteRange.count }
            #expect(new != old && new.suffix(data) == old.suffix(data))
            #expect(archive.entries.allSatisfy { $0.elementType == elementType })
            try ModelCalibration.remove(from: file)
            #expect(try Data(contents(of: file)) == old)
        }
    }

    @Test("a digest beside the file is replaced with it, and a copy leaves the file alone")
    func digest() throws {
        let model = try TinyModel.model()
        let (tensors, metadata) = try model.contents(ofFile: path)
        try ChecksummedFile.write(tensors, metadata: metadata, to: path)
        let old = try contents(of: path)
        let copy = directory.path + "/copy.safetensors"
        try Self.calibration().write(into: directory.path, to: copy)
        #expect(try contents(of: path) == old)
        #expect(try Classifier(contentsOf: copy).description.temperature == 2.5)
        try Self.calibration(0.5).write(into: directory.path)
        #expect(ChecksummedFile.problem(of: path) == nil)
        #expect(try Classifier(contentsOf: path).description.temperature == 0.5)
        #expect(
            directory.contents == [
                "copy.safetensors", "model.safetensors", "model.safetensors.sha256",
            ])
    }

    @Test("a file without a description is refused, and stays as it is")
    func foreign() throws {
        let model = try TinyModel.model()
        try Safetensors.write(model.contents(ofFile: path).tensors, to: path)
        let old = try contents(of: path)
        let error = #expect(throws: InferenceError.self) {
            try Self.calibration().write(into: path)
        }
        #expect(error?.code == .noModelFile)
        #expect(try contents(of: path) == old)
        let bundled = #expect(throws: InferenceError.self) {
            try ModelCalibration.store(Self.calibration(), in: .bundled, to: nil)
        }
        #expect(bundled?.code == .noModelFile)
        try ModelCalibration.store(Self.calibration(), in: .bundled, to: path)
        #expect(try Classifier(contentsOf: path).description.temperature == 2.5)
    }

    @Test("the file that is checked is the one that is written, and a failed check changes nothing")
    func checked() throws {
        let old = try contents(of: path)
        #expect(throws: CancellationError.self) {
            try ModelCalibration.store(Self.calibration(), in: .file(path), to: nil) { archive in
                #expect(archive.file == path)
                throw CancellationError()
            }
        }
        #expect(try contents(of: path) == old)
        // Another model takes the file's place after the check.
        let (copy, names) = (directory.path + "/copy.safetensors", ["a", "b", "c", "d"])
        try ModelCalibration.store(Self.calibration(), in: .file(path), to: copy) { _ in
            try TinyModel.model(TinyModel.description(classNames: names)).write(to: path)
        }
        let written = try Classifier(contentsOf: copy).description
        #expect(written.classNames == TinyModel.classNames && written.temperature == 2.5)
        #expect(try Classifier(contentsOf: path).description.classNames == names)
    }

    @Test("an impossible calibration is refused with its field, written and read")
    func impossible() throws {
        let cases: [(ModelCalibration, String)] = [
            (Self.calibration(0), "calibration.temperature in 0.001...1000.0, found 0.0"),
            (Self.calibration(.nan), "calibration.temperature in 0.001...1000.0, found nan"),
            (
                Self.calibration(thresholds: AnswerThresholds(overall: 1.5)),
                "calibration.thresholds.overall in 0...1, found 1.5"
            ),
            (
                Self.calibration(thresholds: AnswerThresholds(overall: 1, byClass: [0.5])),
                "calibration.thresholds.byClass to have one for each of the 4 classes, found 1"
            ),
            (
                Self.calibration(
                    thresholds: AnswerThresholds(overall: 1, byClass: [0.5, nil, -1, 0])),
                "calibration.thresholds.byClass in 0...1, found -1.0"
            ),
        ]
        let old = try contents(of: path)
        for (calibration, words) in cases {
            let error = #expect(throws: CheckpointError.self) {
                try calibration.write(into: path)
            }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(try contents(of: path) == old)
        }
        // As another program may have written it.
        let archive = try Safetensors.read(contentsOf: path)
        var metadata = archive.metadata
        let text = try #require(metadata[ModelDescription.metadataKey])
        metadata[ModelDescription.metadataKey] = text.replacingOccurrences(
            of: "\"classNames\"", with: "\"calibration\":{\"temperature\":-1},\"classNames\"")
        try Safetensors.write(archive, metadata: metadata, to: path)
        #expect(throws: CheckpointError.self) { try Classifier(contentsOf: path) }
    }

    @Test("data without a class of the model, and with another one, is refused")
    func otherClasses() throws {
        let classifier = try TinyModel.classifier()
        let fewer = #expect(throws: InferenceError.self) {
            try classifier.calibrate(
                on: TinyModel.images(12, classNames: ["ant", "bee", "dog"]))
        }
        #expect(fewer == .missingClass(dataset: "tiny", name: "cat"))
        let more = #expect(throws: InferenceError.self) {
            try classifier.calibrate(
                on: TinyModel.images(12, classNames: ["ant", "bee", "cat", "dog", "eel"]))
        }
        #expect(more?.code == .classesDoNotFit)
    }

    @Test("thresholds that no images can prove are an error, others are stored")
    func targets() throws {
        let images = try TinyModel.learnedImages(400)
        let classifier = try TinyModel.classifier()
        let error = #expect(throws: InferenceError.self) {
            try classifier.calibrate(on: images, target: .init(accuracy: 0.99))
        }
        #expect(error?.code == .cannotCalibrate)
        let modest = try classifier.calibrate(
            on: images, target: .init(accuracy: 0.05, byClass: true))
        let thresholds = try #require(modest.calibration.thresholds)
        #expect(thresholds.accuracy == 0.05 && thresholds.confidence == 0.95)
        #expect(thresholds.byClass?.count == 4)
        #expect(thresholds.overall == 0)
    }

    @Test("a share or a confidence that is none is an error")
    func impossibleTargets() throws {
        let (images, classifier) = (try TinyModel.images(8), try TinyModel.classifier())
        let targets: [Classifier.AnswerTarget] = [
            .init(accuracy: 0), .init(accuracy: 1), .init(accuracy: .nan), .init(accuracy: 90),
            .init(accuracy: 0.9, confidence: 0), .init(accuracy: 0.9, confidence: 1),
            .init(accuracy: 0.9, confidence: .nan),
        ]
        for target in targets {
            let error = #expect(throws: InferenceError.self) {
                _ = try classifier.calibrate(on: images, target: target)
            }
            #expect(error?.code == .cannotCalibrate)
            #expect(error?.message.contains("above 0 and below 1") == true)
        }
    }

    @Test("a result survives JSON, and so does an explanation")
    func coding() throws {
        func copy<Value: Codable>(_ value: Value) throws -> Value {
            try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
        }
        let images = try TinyModel.learnedImages(40)
        let result = try Classifier(contentsOf: path).calibrate(on: images)
        #expect(try copy(result) == result)
        let explanation = try Explainer(contentsOf: path).explain(images.fittedImage(at: 3))
        #expect(try copy(explanation) == explanation)
    }

    @Test("a model without a calibration has the description that earlier versions wrote")
    func formerDescription() throws {
        let text = try Safetensors.read(contentsOf: path).metadata[ModelDescription.metadataKey]
        #expect(text?.contains("calibration") == false)
        let description = try JSONDecoder().decode(
            ModelDescription.self, from: Data((text ?? "").utf8))
        #expect(description.calibration == nil && description.temperature == 1)
    }
}
