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
