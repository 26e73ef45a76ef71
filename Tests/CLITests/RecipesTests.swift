// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Recipes")
struct RecipesTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    @Test("are listed, each with a sentence, within 80 columns")
    func list() throws {
        let result = try place.run(["recipes"])
        #expect(result.code == 0)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(
            lines.filter { !$0.hasPrefix(" ") } == [
                "paper-cifar", "paper-svhn", "paper-imagenet", "modern", "fast", "thorough",
                "fast-finetune",
            ])
        #expect(lines.allSatisfy { $0.count <= 80 })
        struct Line: Decodable {
            let name: String
            let summary: String
        }
        let json = try place.run(["recipes", "--json"])
        #expect(try decoded([Line].self, from: json.output).allSatisfy { !$0.summary.isEmpty })
    }

    @Test("say what they can say")
    func settings() throws {
        let result = try place.run(["recipes", "--settings"])
        #expect(result.output.contains("label_smoothing: a number in 0..<1\n"))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("that are none are a mistake of the command line, as in training")
    func unknown() throws {
        let shown = try place.run(["recipes", "fst"])
        #expect(shown.code == 2)
        #expect(
            shown.problem.hasPrefix("wrn: error: there is no recipe 'fst'; the nearest is fast"))
        let trained = try place.run(TrainingPlace.train(options: ["--recipe", "fst"]))
        #expect(trained.code == 2)
    }

    @Test("are shown as the files that they are, which can be changed and used")
    func ownFile() throws {
        let shown = try place.run(["recipes", "modern"])
        let changed = shown.output.replacingOccurrences(
            of: "\"label_smoothing\": 0.1", with: "\"label_smoothing\": 0.2")
        #expect(changed != shown.output)
        try place.write(Array(changed.utf8), to: "my recipe.json")
        let result = try place.run(
            TrainingPlace.train(
                epochs: 1,
                options: ["--recipe", "my recipe.json", "--set", "ema=0", "--lr", "0.05"]))
        #expect(result.code == 0, "\(result.problem)")
        struct Configuration: Decodable {
            struct StepRules: Decodable {
                let label_smoothing: Double
                let ema: Double?
                let decay_norm_and_bias: Bool
            }
            struct Rule: Decodable {
                let name: String
                let learning_rate: Double
            }
            let recipe: String
            let step_rules: StepRules
            let optimizer: Rule
        }
        let text = String(decoding: try place.bytes("run/config.json"), as: UTF8.self)
        let kept = try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
        #expect(kept.recipe == "my recipe.json")
        #expect(kept.step_rules.label_smoothing == 0.2)
        #expect(kept.step_rules.ema == nil)
        #expect(!kept.step_rules.decay_norm_and_bias)
        #expect(kept.optimizer.name == "sgd" && kept.optimizer.learning_rate == 0.05)
    }

    @Test(
        "that are wrong are refused before anything is read, with what would be right",
        arguments: [
            (["--recipe", "moden"], "there is no recipe 'moden'; the nearest is modern"),
            (
                ["--recipe", "./none.json"],
                "./none.json: expected the file of a recipe, found nothing"
            ),
            (
                ["--set", "label_smothing=0.1"],
                "there is no setting 'label_smothing'; the nearest is label_smoothing"
            ),
            (["--set", "label_smoothing=1"], "label_smoothing takes a number in 0..<1, not 1"),
            (
                ["--set", "schedule=cyclic"],
                "schedule takes steps, cosine, one-cycle, plateau, constant, not \"cyclic\""
            ),
            (["--set", "ema"], "--set takes key=value"),
        ])
    func refused(_ options: [String], _ problem: String) throws {
        let result = try place.run(TrainingPlace.train(data: "no-such-data", options: options))
        #expect(result.code == 2)
        #expect(result.problem.contains(problem), "\(result.problem)")
        #expect(try !place.contents().contains("run"))
    }
}
