// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNInference
import WRNModel

@Suite("wrn calibrate")
struct CalibrateTests {
    private struct Report: Decodable {
        struct Figures: Decodable {
            let accuracy: Double
            let loss: Double
            let expectedCalibrationError: Double
            let adaptiveCalibrationError: Double
        }

        struct Point: Decodable {
            let threshold: Double
            let count: Int
            let correct: Int
            let total: Int
        }

        let count: Int
        let temperature: Double
        let assumption: String
        let before: Figures
        let after: Figures
        let crossFitted: Figures?
        let tradeOff: [Point]
        let answered: Point?
        let stored: String
    }

    private struct Removal: Decodable, Equatable {
        let removed: Bool
        let stored: String
    }

    private struct Predictions: Decodable {
        struct Image: Decodable {
            let predictions: [Prediction]
            let unknown: Bool?
        }

        let temperature: Double?
        let threshold: Double?
        let images: [Image]
    }

    private let workplace: Workplace

    /// A model that is right for two of three images in `images`.
    init() throws {
        workplace = try Workplace()
        try workplace.writeImages(to: "images", count: 60)
        let images = try DataSource(workplace.path + "/images").loadArrays(.test)
        let predictions = try workplace.classifier().classify(images, indices: Array(0..<60))
        let labels = predictions.enumerated().map { index, predictions in
            UInt8((predictions[0].classIndex + (index % 3 == 0 ? 1 : 0)) % 10)
        }
        try workplace.write(
            [0, 0, 8, 1, 0, 0, 0, 60] + labels, to: "images/t10k-labels-idx1-ubyte")
    }

    private func calibrate(_ rest: String...) throws -> Program.Result {
        try Program.run(
            ["calibrate", "--weights", "model/model.safetensors"] + rest, in: workplace.path)
    }

    @Test("the temperature is stored, and evaluate, predict, summary and identify show it")
    func stored() throws {
        let old = try workplace.bytes(of: "model/model.safetensors")
        let result = try calibrate("--data", "images", "--json")
        #expect(result.code == 0, "\(result.problem)")
        let report = try decoded(Report.self, from: result.output)
        let images = try DataSource(workplace.path + "/images").loadArrays(.test)
        let classifier = try workplace.classifier()
        let stored = try #require(classifier.description.calibration)
        #expect(stored.temperature == report.temperature && stored.data == "images")
        #expect(report.count == 60 && report.stored == "model/model.safetensors")
        #expect(report.assumption.hasPrefix("Assumed: the model was not trained on these images"))
        #expect(report.after.loss < report.before.loss)
        #expect(report.after.accuracy == report.before.accuracy)
        #expect(report.crossFitted != nil)
        #expect(report.tradeOff[0].count == 60 && report.tradeOff[0].correct == 40)
        let evaluation = try classifier.evaluate(images)
        #expect(evaluation.loss == report.after.loss)

        let words = "temperature \(String(format: "%.4f", stored.temperature)), fitted on 60 "
        for command in [
            ["evaluate", "--weights", "model", "--data", "images"],
            ["summary", "model/model.safetensors"], ["identify", "model/model.safetensors"],
        ] {
            let shown = try Program.run(command, in: workplace.path)
            #expect(shown.code == 0 && shown.problem.isEmpty)
            #expect(shown.output.contains(words), "\(command)")
        }
        let predicted = try decoded(
            Predictions.self,
            from: workplace.run(
                "predict", "--weights", "model", "--data", "images", "5", "--json"
            ).output)
        #expect(predicted.temperature == stored.temperature && predicted.threshold == nil)
        let expected = evaluation.answers[5].probability
        #expect(abs(predicted.images[0].predictions[0].probability - expected) < 1e-6)

        // Once more to the same bytes, and back to the old ones.
        let new = try workplace.bytes(of: "model/model.safetensors")
        #expect(try calibrate("--data", "images").code == 0)
        #expect(try workplace.bytes(of: "model/model.safetensors") == new)
        try checkRemoval(to: old)
    }

    /// Removes the calibration, which gives the old bytes, and then finds none.
    private func checkRemoval(to old: [UInt8]) throws {
        for (removed, words) in [
            (true, "the calibration is removed"), (false, "the model has no calibration to remove"),
        ] {
            let copied = try calibrate("--remove", "--json", "-o", "copy.safetensors")
            #expect(
                try decoded(Removal.self, from: copied.output)
                    == Removal(removed: removed, stored: "copy.safetensors"))
            #expect(try workplace.bytes(of: "copy.safetensors") == old)
            let result = try calibrate("--remove")
            #expect(result.code == 0, "\(result.problem)")
            #expect(result.output == "model/model.safetensors: \(words)\n")
            #expect(try workplace.bytes(of: "model/model.safetensors") == old)
        }
    }

    @Test("a model of a name is calibrated in another file, and so is a calibration removed")
    func named() throws {
        let repository = "hub/models--a--b"
        let snapshot = "\(repository)/snapshots/" + String(repeating: "a", count: 40)
        for directory in ["\(repository)/refs", snapshot] {
            try FileManager.default.createDirectory(
                atPath: workplace.path + "/" + directory, withIntermediateDirectories: true)
        }
        let bytes = try workplace.bytes(of: "model/model.safetensors")
        try workplace.write(Array(snapshot.utf8.suffix(40)), to: "\(repository)/refs/main")
        try workplace.write(bytes, to: "\(snapshot)/model.safetensors")
        func result(_ options: String...) throws -> Program.Result {
            try Program.run(
                ["calibrate", "--weights", "hf:a/b"] + options, in: workplace.path,
                environment: ["HF_HUB_CACHE": workplace.path + "/hub", "HF_HUB_OFFLINE": "1"])
        }
        let copied = try result("--data", "images", "-o", "copy.safetensors")
        #expect(copied.code == 0, "\(copied.problem)")
        let copy = try Classifier(contentsOf: workplace.path + "/copy.safetensors")
        #expect(copy.description.calibration?.count == 60)
        let removed = try result("--remove", "-o", "plain.safetensors")
        #expect(removed.output == "plain.safetensors: the model has no calibration to remove\n")
        #expect(try workplace.bytes(of: "plain.safetensors") == bytes)
        let own = try result("--data", "images")
        #expect(own.code == 2 && own.problem.contains("write a calibrated model to another file"))
    }

    @Test("the text has at most 80 columns, and a copy and a page are written beside the model")
    func copy() throws {
        let old = try workplace.bytes(of: "model/model.safetensors")
        let result = try calibrate(
            "--data", "images", "-o", "a copy.safetensors", "--page", "page.html")
        #expect(result.code == 0, "\(result.problem)")
        let lines = result.output.components(separatedBy: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.contains { $0.hasPrefix("temperature  ") })
        #expect(lines.contains("stored in a copy.safetensors"))
        #expect(try workplace.bytes(of: "model/model.safetensors") == old)
        let copy = try Classifier(contentsOf: workplace.path + "/a copy.safetensors")
        #expect(copy.description.calibration?.count == 60)
        let page = String(decoding: try workplace.bytes(of: "page.html"), as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>"))
        #expect(page.ranges(of: "<title>Reliability diagram</title>").count == 2)
        #expect(page.contains("<title>Right answers</title>"))
        #expect(!page.contains("<script"))
    }

    @Test("a target gives a threshold, below which predict has no answers unless told otherwise")
    func target() throws {
        let result = try calibrate("--data", "images", "--target", "0.3", "--json")
        #expect(result.code == 0, "\(result.problem)")
        let report = try decoded(Report.self, from: result.output)
        let answered = try #require(report.answered)
        let arguments = ["predict", "--weights", "model", "--data", "images", "3", "4", "--json"]
        let predicted = try Program.run(arguments, in: workplace.path)
        #expect(predicted.problem.hasPrefix("wrn: answers below "))
        let list = try decoded(Predictions.self, from: predicted.output)
        #expect(list.threshold == answered.threshold)
        let isUnknown = list.images.map { $0.predictions[0].probability < answered.threshold }
        #expect(list.images.map { $0.unknown ?? false } == isUnknown)
        let all = try Program.run(arguments + ["--threshold", "0"], in: workplace.path)
        #expect(all.problem.isEmpty)
        #expect(
            try decoded(Predictions.self, from: all.output).images.allSatisfy {
                $0.unknown == false
            })
        let byClass = try calibrate("--data", "images", "--target", "0.3", "--by-class")
        #expect(byClass.code == 0, "\(byClass.problem)")
        #expect(byClass.output.contains("thresholds by class for at least 30.00 % right answers"))
    }

    @Test("an uncalibrated model with a threshold is remarked upon")
    func uncalibrated() throws {
        let arguments = ["predict", "--weights", "model", "--data", "images", "3"]
        let result = try Program.run(arguments + ["--threshold", "0.5"], in: workplace.path)
        #expect(result.problem.hasPrefix("wrn: the model is not calibrated: "))
        #expect(try calibrate("--data", "images").code == 0)
        let later = try Program.run(arguments + ["--threshold", "0.5"], in: workplace.path)
        #expect(later.problem.isEmpty)
    }

    /// A place with `split`, a folder of both splits, and `run`, a network trained on it without
    /// one picture.
    private static func trainedPlace() throws -> PhotographPlace {
        let place = try PhotographPlace()
        for (label, name) in ["red", "blue"].enumerated() {
            for index in 0..<12 {
                try place.write(
                    try PhotographPlace.picture(label, index).png(),
                    to: "split/train/\(name)/\(index).png")
                // One picture of each class lies in the other's folder.
                let shown = index == 0 ? 1 - label : label
                try place.write(
                    try PhotographPlace.picture(shown, index).png(),
                    to: "split/val/\(name)/\(index).png")
            }
        }
        try place.write(Array("val/blue/11.png\n".utf8), to: "out.txt")
        let trained = try place.run([
            "train", "wrn-10-0.25", "--data", "split", "--run", "run", "--image-size", "16",
            "--epochs", "3", "--batch", "8", "--lr", "0.05", "--exclude", "out.txt",
        ])
        #expect(trained.code == 0, "\(trained.problem)")
        return place
    }

    @Test("a model that is replaced while it is measured gets no calibration")
    func replaced() throws {
        let place = try Self.trainedPlace()
        // Pictures that take longer to read than the test needs for the replacement.
        for (name, colour) in [("red", [200, 30, 30]), ("blue", [30, 30, 200])] {
            var pixels = colour.map { UInt8($0) }
            while pixels.count < 3 * 2048 * 2048 { pixels += pixels }
            let bytes = try PixelImage(height: 2048, width: 2048, channels: 3, pixels: pixels)
                .png()
            for index in 0..<30 {
                try place.write(bytes, to: "split/val/\(name)/large \(index).png")
            }
        }
        // A note on it comes when the model is open, and before the images are.
        try place.write([7], to: "split/val/red/notes.txt")
        try place.write(try place.bytes("run/model.safetensors"), to: "live.safetensors")
        let description = try Classifier(contentsOf: place.path + "/live.safetensors").description
        let other = place.path + "/other.safetensors"
        try Model(
            description: description,
            tensors: Model.initialTensors(for: description.graph(), seed: 9)
        ).write(to: other)
        let bytes = try place.bytes("other.safetensors")

        let program = try RunningProgram(
            [
                "calibrate", "--weights", "live.safetensors", "--data", "split", "--threads", "1",
                "-o", "out.safetensors",
            ], in: place.path)
        #expect(try program.waitFor("wrn data inspect"))
        #expect(rename(other, place.path + "/live.safetensors") == 0)
        #expect(program.wait() == 1)
        let words = try program.output
        #expect(
            words.contains(
                "live.safetensors: expected the model that was measured, found another one"),
            "\(words)")
        #expect(!FileManager.default.fileExists(atPath: place.path + "/out.safetensors"))
        #expect(try place.bytes("live.safetensors") == bytes)
    }

    @Test("a run brings its validation images, and its training images are refused")
    func run() throws {
        let place = try Self.trainedPlace()
        let record = try place.bytes("run/metrics.jsonl")
        let result = try place.run(["calibrate", "--weights", "run", "--json"])
        #expect(result.code == 0, "\(result.problem)")
        let report = try decoded(Report.self, from: result.output)
        #expect(report.count == 23)
        #expect(report.assumption.hasPrefix("These are the images on which the run was evaluated"))
        // The digest beside the model is the new one's, and the run is whole.
        #expect(try place.run(["evaluate", "--weights", "run", "--data", "split"]).code == 0)
        #expect(try place.bytes("run/metrics.jsonl") == record)
        let page = try place.run(["report", "run"])
        #expect(page.code == 0, "\(page.problem)")
        let html = String(decoding: try place.bytes("run/report.html"), as: UTF8.self)
        #expect(html.contains("The model is calibrated: temperature "))
        #expect(html.contains("The model was calibrated afterwards"))
        let bytes = try place.bytes("run/model.safetensors")
        try checkOtherData(than: "split", in: place)
        let refused = try place.run(["calibrate", "--weights", "run", "--data", "split/train"])
        #expect(refused.code == 1)
        #expect(refused.problem.contains("among the training images of run"), "\(refused.problem)")
        let other = try place.run(["calibrate", "--weights", "run", "--data", "photos"])
        #expect(other.code == 1)
        #expect(other.problem.contains("the model has no class"), "\(other.problem)")
        #expect(try place.bytes("run/model.safetensors") == bytes)
        // Training goes on from the weights, to a model that is not calibrated.
        #expect(try place.run(["train", "--resume", "run", "--epochs", "4"]).code == 0)
        let next = try Classifier(contentsOf: place.path + "/run")
        #expect(next.description.calibration == nil)
    }

    @Test("of a run whose data have other files now, the images may be ones that it has learnt")
    func changedData() throws {
        let place = try Self.trainedPlace()
        for split in ["train", "val"] {
            try place.write(
                try PhotographPlace.picture(0, 3).png(), to: "split/\(split)/red/new.png")
        }
        let result = try place.run(["calibrate", "--weights", "run", "--json"])
        #expect(result.code == 0, "\(result.problem)")
        let report = try decoded(Report.self, from: result.output)
        #expect(report.count == 24)
        #expect(
            report.assumption.hasPrefix(
                "Not certain: the data of the run have other files or classes than when it was"),
            "\(report.assumption)")
    }

    /// The run's data in another place are its own, with its list; others are read without it.
    private func checkOtherData(than data: String, in place: PhotographPlace) throws {
        for name in ["moved", "other"] {
            try FileManager.default.copyItem(
                atPath: place.path + "/" + data, toPath: place.path + "/" + name)
        }
        try FileManager.default.moveItem(
            atPath: place.path + "/other/val/blue/11.png",
            toPath: place.path + "/other/val/blue/12.png")
        for (name, count, words) in [
            ("moved", 23, "These are the images on which the run was evaluated"),
            ("other", 24, "Assumed: the model was not trained on these images"),
        ] {
            let result = try place.run([
                "calibrate", "--weights", "run", "--data", name, "-o", "copy.safetensors", "--json",
            ])
            #expect(result.code == 0, "\(result.problem)")
            let report = try decoded(Report.self, from: result.output)
            #expect(report.count == count && report.assumption.hasPrefix(words), "\(name)")
        }
    }

    @Test(
        "what cannot be done is refused in a sentence, and nothing is written",
        arguments: [
            (["--data", "images", "--target", "1"], 2, "--target must be above 0 and below 1"),
            (["--data", "images", "--target", "nan"], 2, "--target must be above 0 and below 1"),
            (["--data", "images", "--by-class"], 2, "--by-class goes with --target"),
            (["--data", "images", "--target", "0.999"], 1, "no threshold makes 0.999 of the"),
            (["--remove", "--data", "images"], 2, "--remove needs no images"),
            (["--data", "images", "-o", "x.pth"], 2, "--output must end in .safetensors"),
            (["--split-seed", "3"], 2, "--split-seed goes with --data"),
            ([], 2, "name the images with --data"),
            (["--data", "none"], 1, "there is no such file or directory"),
            (["--data", "data"], 1, "idx: "),
            (["--data", "images", "-o", "none/x.safetensors"], 1, "create its directory first"),
            (["--data", "images", "--page", "none/x.html"], 1, "create its directory first"),
            (
                ["--weights", "bundled", "--data", "images"], 2,
                "write a calibrated model to another file with -o"
            ),
        ])
    func refusals(_ options: [String], _ code: Int32, _ sentence: String) throws {
        let before = try workplace.contents()
        let old = try workplace.bytes(of: "model/model.safetensors")
        let weights =
            options.first == "--weights" ? [] : ["--weights", "model/model.safetensors"]
        let result = try Program.run(["calibrate"] + weights + options, in: workplace.path)
        #expect(result.code == code)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(result.problem.split(separator: "\n").count == 1)
        #expect(result.output.isEmpty)
        #expect(try workplace.contents() == before)
        #expect(try workplace.bytes(of: "model/model.safetensors") == old)
    }
}
