// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

/// Images are called validation images where they are those, and test images where the data has no
/// others.
@Suite("Names of splits, and of a run's models")
struct SplitNamesTests {
    private struct Line: Decodable {
        let event: String
        let validationSplit: String?
        let validationLoss: Double?
        let testLoss: Double?
    }

    private struct Report: Decodable {
        struct Model: Decodable {
            let model: String
            let file: String
            let epoch: Int
            let bestEpoch: Int
        }

        let split: String?
        let model: Model?
        let loss: Double
    }

    private func lines(_ result: Program.Result) throws -> [Line] {
        try result.output.split(separator: "\n").map { try decoded(Line.self, from: String($0)) }
    }

    @Test("A part of a folder that is kept for validation is called so, everywhere")
    func drawn() throws {
        let place = try PhotographPlace()
        let text = try place.train("a", epochs: 2)
        #expect(text.code == 0, "\(text.problem)")
        #expect(text.output.contains("18 training and 6 validation images of 3x16x16"))
        #expect(text.output.contains("  validation "))
        #expect(text.output.contains("Finished after 2 epochs: validation accuracy "))
        #expect(!text.output.replacing(place.path, with: "").contains("test"))
        let page = String(decoding: try place.bytes("a/report.html"), as: UTF8.self)
        #expect(page.contains("Validation accuracy") && page.contains("Validation loss"))
        #expect(!page.contains("Test accuracy") && !page.contains(">test<"))
        let configuration = String(decoding: try place.bytes("a/config.json"), as: UTF8.self)
        #expect(configuration.contains("\"validation_split\" : \"validation\""))
        #expect(configuration.contains("\"validation_images\" : 6"))
        #expect(!configuration.contains("\"test"))
        let json = try lines(place.train("b", epochs: 1, options: ["--json"]))
        #expect(json.first?.validationSplit == "validation")
        #expect(json.contains { $0.event == "epoch" && $0.validationLoss != nil })
        #expect(json.allSatisfy { $0.testLoss == nil })
        let compared = try place.run(["runs", "compare", "a", "b", "--epochs"]).output
        #expect(compared.contains("best validation accuracy"))
        #expect(compared.contains("validation accuracy after epoch"))
        #expect(!compared.contains("test"))
        let evaluated = try place.run([
            "evaluate", "--weights", "a", "--data", "photos",
        ])
        #expect(evaluated.output.contains("wrn-10-0.25 on photos, 6 validation images: the "))
    }

    @Test(
        "A folder with train and test is judged by its test images, and one with all three by val")
    func folders() throws {
        let place = try PhotographPlace()
        for split in ["train", "test", "val"] {
            for (label, name) in ["a", "b"].enumerated() {
                for index in 0..<3 {
                    let file = "\(split)/\(name)/\(index).png"
                    let bytes = try PhotographPlace.picture(label, index).png()
                    try place.write(bytes, to: "three/" + file)
                    if split != "val" { try place.write(bytes, to: "two/" + file) }
                }
            }
        }
        for (data, split) in [("two", "test"), ("three", "validation")] {
            let arguments = [
                "train", "wrn-10-0.25", "--data", data, "--image-size", "16", "--epochs", "1",
                "--batch", "4", "--run",
            ]
            let result = try place.run(arguments + [data + "-run"])
            #expect(result.output.contains("6 training and 6 \(split) images"))
            #expect(result.output.contains("  \(split) "))
            #expect(
                result.output.contains("the test images choose the best epoch")
                    == (split == "test"))
            // The last word is always the test images'.
            let evaluated = try place.run(["evaluate", "--weights", data + "-run", "--data", data])
            #expect(evaluated.output.contains(" on \(data), 6 test images: "))
        }
    }

    @Test("evaluate and predict say which of a run's models they take, and take the other")
    func models() throws {
        let place = try TrainingPlace()
        // With such a rate the last epoch is not the best.
        _ = try place.run(
            TrainingPlace.train(epochs: 4, options: ["--lr", "0.9", "--schedule", "constant"]))
        func report(_ options: [String]) throws -> Report {
            try decoded(
                Report.self,
                from: place.run(
                    ["evaluate", "--weights", "run", "--data", "data", "--json"] + options
                ).output)
        }
        let (usual, last) = (try report([]), try report(["--last"]))
        let chosen = try report(["--best"])
        #expect(usual.model?.model == "last" && usual.model?.file == "run/model.safetensors")
        #expect(usual.model?.epoch == 4 && usual.loss == last.loss && usual.split == "test")
        #expect(chosen.model?.model == "best" && chosen.model?.file == "run/best.safetensors")
        #expect(chosen.model?.epoch == usual.model?.bestEpoch)
        let file = try decoded(
            Report.self,
            from: place.run([
                "evaluate", "--weights", "run/best.safetensors", "--data", "data", "--json",
            ]).output)
        #expect(file.loss == chosen.loss && file.model == nil)
        let predicted = try place.run([
            "predict", "--weights", "run", "--best", "--data", "data", "0",
        ])
        #expect(
            predicted.problem
                == "wrn: the best model of run (epoch \(chosen.model?.epoch ?? 0) of 4), chosen by the test images\n"
        )
        #expect(
            try place.run(["predict", "--weights", "run", "--data", "data", "0"]).problem
                .hasPrefix("wrn: the last "))
    }

    @Test("A model is named by the epoch that it was saved after, or by the middle of one")
    func savedEpoch() throws {
        struct Epochs: Decodable {
            struct Model: Decodable {
                let epoch: Int?
                let epochs: Int
            }
            let model: Model
        }
        let place = try TrainingPlace()
        func evaluated() throws -> (text: String, model: Epochs.Model) {
            let arguments = ["evaluate", "--weights", "run", "--data", "data"]
            let text = try place.run(arguments)
            #expect(text.code == 0, "\(text.problem)")
            let json = try decoded(Epochs.self, from: place.run(arguments + ["--json"]).output)
            // Lines are wrapped at the width of the terminal.
            let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return (words, json.model)
        }
        let options = ["--schedule", "constant", "--no-report"]
        _ = try place.run(TrainingPlace.train(epochs: 1, options: options))
        let files = ["run/model.safetensors", "run/model.safetensors.sha256"]
        let first = try files.map { try place.bytes($0) }
        let resumed = try place.run(["train", "--resume", "run", "--epochs", "2", "--no-report"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        #expect(try evaluated().model.epoch == 2)
        // As the run is when its process ends after the line of the last epoch.
        let checkpoint = "/run/" + TrainingPlace.checkpoint(6)
        for file in [checkpoint, checkpoint + ".sha256"] {
            try FileManager.default.removeItem(atPath: place.path + file)
        }
        for (file, bytes) in zip(files, first) { try place.write([UInt8](bytes), to: file) }
        #expect(try place.run(["runs", "."]).output.contains("stopped"))
        let unsaved = try evaluated()
        #expect(unsaved.model.epoch == 1 && unsaved.model.epochs == 2)
        #expect(unsaved.text.contains("model of run (epoch 1 of 2)"), "\(unsaved.text)")
        // Weights that are of no epoch.
        let record = String(decoding: try place.bytes("run/metrics.jsonl"), as: UTF8.self)
        let key = "\"weights_sha256\":\""
        let lines = record.split(separator: "\n").map { line -> String in
            guard let start = line.firstRange(of: key)?.upperBound else { return String(line) }
            let zeros = String(repeating: "0", count: 64)
            return "\(line[..<start])\(zeros)\(line[start...].dropFirst(64))"
        }
        try #require(lines.joined().contains(key + "0000"))
        try place.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: "run/metrics.jsonl")
        let middle = try evaluated()
        #expect(middle.model.epoch == nil)
        #expect(
            middle.text.contains(
                "the last model of run, saved in the middle of epoch 2 of 2; --best takes that of "
                    + "epoch "), "\(middle.text)")
    }

    @Test("--best is refused where there is no choice, or no best model")
    func refusals() throws {
        let place = try TrainingPlace()
        _ = try place.run(TrainingPlace.train(epochs: 1))
        let file = try place.run([
            "evaluate", "--weights", "run/model.safetensors", "--data", "data", "--best",
        ])
        #expect(file.code == 2)
        #expect(
            file.problem.contains("--best chooses between the models in the directory of a run"))
        try FileManager.default.removeItem(atPath: place.path + "/run/best.safetensors")
        let removed = try place.run([
            "evaluate", "--weights", "run", "--data", "data", "--best",
        ])
        #expect(removed.code == 2)
        #expect(removed.problem.contains("run has no best.safetensors: the file was removed"))
        let both = try place.run([
            "evaluate", "--weights", "run", "--data", "data", "--best", "--last",
        ])
        #expect(both.code == 2)
    }
}

/// Flips at evaluation are for models that were trained with flips.
@Suite("wrn evaluate --flip")
struct FlipWarningTests {
    private struct Report: Decodable {
        let warnings: [String]
    }

    @Test("warns where the run was trained without flips, and only there")
    func warns() throws {
        let place = try PhotographPlace()
        _ = try place.train("with", epochs: 1)
        _ = try place.train("without", epochs: 1, options: ["--no-flip"])
        func evaluate(_ weights: String, _ options: [String]) throws -> Program.Result {
            // The fraction is given, so that no line says that it is the run's.
            try place.run(
                [
                    "evaluate", "--weights", weights, "--data", "photos",
                    "--validation-fraction", "0.25",
                ] + options)
        }
        for weights in ["without", "without/best.safetensors"] {
            let result = try evaluate(weights, ["--flip"])
            #expect(result.code == 0)
            #expect(
                result.problem.hasPrefix(
                    "wrn: warning: --flip averages each image with its mirror image, but without was trained without flips"
                ), "\(result.problem)")
        }
        let json = try evaluate("without", ["--flip", "--json"])
        #expect(try decoded(Report.self, from: json.output).warnings.count == 1)
        #expect(try evaluate("without", []).problem.isEmpty)
        #expect(try evaluate("with", ["--flip"]).problem.isEmpty)
    }

    @Test("wrn train warns of one value a channel, for people and for programs")
    func oneValue() throws {
        let place = try TrainingPlace()
        try place.writeData(extent: 4)
        let options = [
            "train", "wrn-10-0.25", "--data", "data", "--run", "run", "--epochs", "1", "--batch",
            "13",
        ]
        let text = try place.run(options)
        #expect(text.code == 0, "\(text.problem)")
        #expect(
            text.output.contains(
                "warning: the batch normalisation "))
        #expect(text.output.contains("sees one value a channel in the last batch of each epoch"))
        let json = try place.run(
            options.map { $0 == "run" ? "other" : $0 } + ["--json"])
        #expect(json.output.contains("\"event\":\"warning\""))
    }
}
