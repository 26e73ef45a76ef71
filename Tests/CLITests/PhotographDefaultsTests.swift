// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNHub
import WRNImages

@testable import wrn

@Suite("Runs on photographs with nothing but --data")
struct PhotographDefaultsTests {
    private struct Configuration: Decodable {
        struct Model: Decodable {
            let architecture: String
            let inputHeight: Int
        }

        struct Rules: Decodable {
            let labelSmoothing: Double
            let ema: Double?
        }

        let model: Model
        let epochs: Int
        let batch: Int
        let recipe: String?
        let stepRules: Rules
    }

    private struct Start: Decodable {
        let event: String
        let run: String
        let chosen: [String: String]?
    }

    private func configuration(
        _ place: PhotographPlace, _ run: String
    ) throws -> Configuration {
        let text = String(decoding: try place.bytes("\(run)/config.json"), as: UTF8.self)
        return try decoded(Configuration.self, from: text)
    }

    private func start(_ result: Program.Result) throws -> Start {
        #expect(result.code == 0, "\(result.problem)")
        let line = try #require(result.output.split(separator: "\n").first)
        return try decoded(Start.self, from: String(line))
    }

    @Test("train chooses network, size, epochs, batch and recipe, shows them, and names the run")
    func train() throws {
        let place = try PhotographPlace()
        // Two images of each class, so that a hundred epochs are a hundred steps.
        let result = try place.run(["train", "--data", "photos", "--limit", "4", "--no-report"])
        #expect(result.code == 0, "\(result.problem)")
        let lines = result.output.split(separator: "\n").map(String.init)
        let table = Array(lines.drop { !$0.hasPrefix("Chosen for ") }.prefix(7))
        #expect(
            table == [
                "Chosen for 4 training photographs, half of them with sides of 19 pixels or more:",
                "  wrn-16-2         for photographs; name another one",
                "  --image-size 32  the least of 32, 48 and 64",
                "  --epochs 100     20,000 / images, 20 to 100",
                "  --batch 32       64 from 5,000 images on, 128 from 20,000",
                "  --recipe modern  for few epochs; 'wrn recipes NAME' shows it",
                "  --augment crop   parts of a quarter or more, mirrored unless --no-flip",
            ])
        #expect(table.allSatisfy { $0.count <= 80 })
        // 400 decoded images are enough to be measured.
        #expect(
            result.output.contains(
                /100 epochs of 1 step on [0-9]+ threads?, (about|less than) [a-z0-9 ]+;\sthe run is kept in runs\/wrn-16-2-photos\n/
            ), "\(result.output)")
        let configuration = try configuration(place, "runs/wrn-16-2-photos")
        #expect(configuration.model.architecture == "wrn-16-2")
        #expect(configuration.model.inputHeight == 32)
        #expect(configuration.epochs == 100 && configuration.batch == 32)
        #expect(configuration.recipe == "modern" && configuration.stepRules.ema == 0.999)

        let again = try start(
            place.run([
                "train", "--data", "photos/", "--epochs", "1", "--no-report", "--json",
            ]))
        #expect(again.event == "start" && again.run == "runs/wrn-16-2-photos-2")
        #expect(
            again.chosen == [
                "network": "wrn-16-2", "image_size": "32", "batch": "32", "recipe": "modern",
                "augment": "crop",
            ])
    }

    @Test("Each choice can be given, and a recipe takes the place of all")
    func overrides() throws {
        let place = try PhotographPlace()
        func run(_ name: String, _ options: [String]) throws -> (Start, Configuration) {
            let result = try place.run(
                ["train", "wrn-10-0.25", "--data", "photos", "--run", name, "--epochs", "1"]
                    + options + ["--no-report", "--json"])
            return (try start(result), try configuration(place, name))
        }
        let (own, first) = try run(
            "a",
            ["--batch", "7", "--image-size", "16", "--set", "label_smoothing=0.2", "--no-flip"])
        #expect(own.chosen == ["recipe": "modern"])
        #expect(first.batch == 7 && first.model.inputHeight == 16)
        #expect(first.stepRules.labelSmoothing == 0.2 && first.stepRules.ema == 0.999)
        let (none, second) = try run("b", ["--recipe", "none"])
        #expect(none.chosen == nil)
        #expect(second.batch == 128 && second.recipe == nil)
        #expect(second.stepRules.labelSmoothing == 0 && second.stepRules.ema == nil)
        let (other, third) = try run("c", ["--batch", "8", "--recipe", "paper-svhn"])
        #expect(other.chosen == nil && third.recipe == "paper-svhn")
        let (steps, fourth) = try run("d", ["--set", "optimizer=adamw"])
        #expect(steps.chosen?["recipe"] == nil && steps.chosen?["batch"] == "32")
        #expect(fourth.recipe == nil)
    }

    @Test("finetune begins from the bundled model, with epochs by the number of photographs")
    func finetune() throws {
        let place = try PhotographPlace()
        let result = try place.run([
            "finetune", "--data", "photos", "--limit", "2", "--no-report",
        ])
        #expect(result.code == 0, "\(result.problem)")
        let lines = result.output.split(separator: "\n").map(String.init)
        let table = Array(lines.drop { !$0.hasPrefix("Chosen for ") }.dropFirst().prefix(5))
        #expect(
            table == [
                "  --weights bundled       part of the program, quick",
                "  --image-size 32         the least of 32, 48 and 64",
                "  --epochs 80             20,000 / images, 10 to 80",
                "  --recipe fast-finetune  for few photographs; 'wrn recipes NAME' shows it",
                "  --augment crop          parts of a quarter or more, mirrored unless --no-flip",
            ])
        #expect(table.allSatisfy { $0.count <= 80 })
        #expect(
            result.output.replacing("\n", with: " ").contains(
                "Better weights for photographs, which take far more time: 'wrn weights get "
                    + "torchvision:wide_resnet50_2.V2' (275.9 MB), then --weights "
                    + "torchvision:wide_resnet50_2.V2"), "\(result.output)")
        #expect(result.output.contains("the run is kept in runs/finetune-photos\n"))
        let configuration = try configuration(place, "runs/finetune-photos")
        #expect(configuration.epochs == 80 && configuration.batch == 32)
        #expect(configuration.model.architecture == "wrn-16-2")
        #expect(configuration.recipe == "fast-finetune" && configuration.stepRules.ema == 0.99)

        let named = try start(
            place.run([
                "finetune", "--weights", "runs/finetune-photos", "--data", "photos", "--epochs",
                "1", "--no-report", "--json",
            ]))
        #expect(named.run == "runs/finetune-photos-2")
        #expect(named.chosen == ["recipe": "fast-finetune", "augment": "crop"])
        let other = try place.run(["finetune", "wrn-10-1", "--data", "photos"])
        #expect(other.code == 2)
        #expect(other.problem.contains("bundled holds the weights of wrn-16-2, not of wrn-10-1"))
    }

    @Test("Folders from which nothing can be chosen are refused in one sentence, without a run")
    func refuses() throws {
        let place = try PhotographPlace()
        for index in 0..<3 {
            try place.write(try PhotographPlace.picture(0, index).png(), to: "one/a/\(index).png")
            for name in ["a", "b"] {
                try place.write(Array("no image".utf8), to: "bad/\(name)/\(index).png")
            }
        }
        let cases: [([String], Int32, String)] = [
            (["train", "--data", "one"], 1, "one: there is only one class ('a'), so nothing"),
            (["finetune", "--data", "one"], 1, "one: there is only one class ('a'), so nothing"),
            (["train", "--data", "bad"], 1, "bad: expected image files, found none that can be"),
            (["finetune", "--data", "bad"], 1, "bad: expected image files, found none that can"),
            (["train", "--data", "photos", "--recipe", "modern"], 2, "the network is missing"),
            (["train", "--data", "photos", "--minutes", "0.0000001"], 1, "an epoch takes about"),
            (["train", "--data", "nothing"], 1, "nothing: there is no such file or directory"),
        ]
        for (arguments, code, sentence) in cases {
            let result = try place.run(arguments)
            #expect(result.code == code, "\(arguments)")
            #expect(result.problem.contains(sentence), "\(result.problem)")
            #expect(result.problem.split(separator: "\n").count == 1, "\(result.problem)")
            #expect(!FileManager.default.fileExists(atPath: place.path + "/runs"))
        }
    }

    @Test("A run's directory has the name of its data, whatever the path is")
    func names() {
        let expected = [
            ("photos/", "photos"), ("/a/b/My Photos", "My-Photos"), ("pets.tar.gz", "pets"),
            ("a/../b.zip", "b"), ("/", "data"), ("x/.hidden", "hidden"), ("사진", "사진"),
        ]
        for (path, name) in expected { #expect(FreeDirectory.name(of: path) == name) }
    }

    @Test("The rule of a size is true of it, also where all sizes are too large")
    func sizeRule() {
        let usual = "of 32, 48 and 64 the largest up to half of that"
        for (median, side, rule) in [
            (30, 32, "the least of 32, 48 and 64"), (63, 32, "the least of 32, 48 and 64"),
            (64, 32, usual), (100, 48, usual), (500, 64, usual),
        ] {
            var choice = PhotographChoice(count: 4)
            choice.medianSide = median
            choice.addImageSize(side)
            #expect(choice.rows.map(\.rule) == [rule], "\(median)")
        }
    }

    @Test("Large photographs begin from ImageNet's weights where there are some")
    func startingWeights() {
        func start(_ side: Int?, _ network: String? = nil, here: Set<String>) -> StartingWeights {
            StartingWeights(medianSide: side, network: network) { here.contains($0.tag) }
        }
        let all = Set(PretrainedWeights.all.map(\.tag))
        let (small, large) = (
            "torchvision:wide_resnet50_2.V1", "torchvision:wide_resnet101_2.V2"
        )
        #expect(start(127, here: all).name == "bundled")
        #expect(start(nil, here: all).name == "bundled")
        #expect(start(128, here: []).name == "bundled")
        // The smallest network, and of it the most accurate.
        #expect(start(128, here: all).name == "timm/wide_resnet50_2.racm_in1k")
        #expect(start(128, here: [small, large]).name == small)
        #expect(start(128, "wrn-101-2", here: all).name == "timm/wide_resnet101_2.tv2_in1k")
        #expect(start(50, "wrn-101-2", here: [large]).name == large)
        #expect(start(50, "wrn-16-2", here: all).name == "bundled")
        let advice = start(128, here: [small]).advice ?? ""
        #expect(advice.contains("'wrn weights get timm/wide_resnet50_2.tv2_in1k' gets them"))
        #expect(start(128, here: all).advice == nil && start(nil, here: []).advice == nil)
        #expect(PretrainedWeights.known(StartingWeights.proposal) != nil)
    }
}
