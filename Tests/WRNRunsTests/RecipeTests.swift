// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNPlan
import WRNRuns
import WRNTestSupport

@Suite("Recipes")
struct RecipeTests {
    private func message(_ body: () throws -> Void) -> String {
        let error = #expect(throws: TrainingError.self) { try body() }
        #expect(error?.code == .invalidRecipe)
        return error?.message ?? ""
    }

    @Test("that are built in have a name, a sentence and numbers that a run can have")
    func builtIn() throws {
        #expect(
            Recipe.builtIn.map(\.name) == [
                "paper-cifar", "paper-svhn", "paper-imagenet", "modern", "fast", "thorough",
                "fast-finetune",
            ])
        let tiny = try TinyRun()
        for recipe in Recipe.builtIn {
            #expect(recipe.summary.count > 40)
            let epochs = try #require(recipe.epochs)
            // Images of nine pixels cannot grow from sixteen.
            var stepRules = recipe.stepRules
            stepRules.growth = nil
            // The augmentation of photographs does not suit images of 1 channel.
            let configuration = try TrainingConfiguration(
                network: "wrn-10-0.25", dropout: recipe.dropout ?? 0, source: "bands",
                train: tiny.train, validation: tiny.test, epochs: epochs, batch: 16,
                recipe: recipe.name,
                optimizer: recipe.optimizer(),
                schedule: recipe.schedule(epochs: epochs, of: epochs),
                stepRules: stepRules)
            try configuration.validate()
            #expect(configuration.stepRules.shards == 1)
        }
    }

    @Test(
        "that are built in are the same after they were written and read", arguments: Recipe.builtIn
    )
    func roundTrip(_ recipe: Recipe) throws {
        #expect(
            try Recipe(name: recipe.name, json: Data(recipe.json.utf8), file: "x") == recipe)
        #expect(try Recipe.named(recipe.name) == recipe)
    }

    /// A value that a setting takes and that no recipe has by default.
    private static func example(of setting: TrainingSetting) -> SettingValue {
        let words = setting.values.text
        if words == "true or false" { return .flag(true) }
        if words.hasPrefix("epochs in rising order") { return .list([3, 7]) }
        if words.hasPrefix("rising whole numbers") { return .list([3, 7]) }
        if words.hasPrefix("rising numbers") { return .list([0.25, 0.5]) }
        if words.hasPrefix("a whole number in") { return .number(3) }
        if words.hasPrefix("a number") { return .number(0.375) }
        if words.hasPrefix("1, 2, 4") { return .number(4) }
        return .text(words.components(separatedBy: ", ").last ?? "")
    }

    @Test("can say each setting, and say it after they were written and read")
    func everySetting() throws {
        var all = Recipe(name: "all")
        for setting in Recipe.settings {
            let value = Self.example(of: setting)
            var recipe = Recipe(name: "one")
            #expect(setting.value(in: recipe) == nil)
            try recipe.set(setting.name, value, file: "x")
            #expect(setting.value(in: recipe) == value, "\(setting.name)")
            #expect(
                recipe.json.contains("\"\(setting.name)\": \(value.text)"), "\(recipe.json)")
            #expect(try Recipe(name: "one", json: Data(recipe.json.utf8), file: "x") == recipe)
            try all.set(setting.name, value, file: "x")
            #expect(!setting.meaning.isEmpty)
        }
        #expect(Set(Recipe.settings.map(\.name)).count == Recipe.settings.count)
        #expect(try Recipe(name: "all", json: Data(all.json.utf8), file: "x") == all)
        all.summary = "With \"marks\", a / and a\nnew line."
        #expect(try Recipe(name: "all", json: Data(all.json.utf8), file: "x") == all)
    }

    @Test(
        "refuse values that a setting does not take, and say which it does",
        arguments: Recipe.settings)
    func refusesValues(_ setting: TrainingSetting) {
        for wrong: SettingValue in [
            .text("nonsense"), .number(-1), .number(1.5e300), .list([2, 1]), .list([0.5]),
        ] {
            if setting.name == "image_size_shares", wrong == .list([0.5]) { continue }
            var recipe = Recipe(name: "one")
            // Some numbers have no upper bound.
            if case .number(let number) = wrong, number > 0,
                setting.values.text.hasPrefix("a number"),
                setting.values.text.hasSuffix("0") || setting.values.text.hasSuffix("more")
            {
                continue
            }
            #expect(
                message { try recipe.set(setting.name, wrong, file: "mine.json") }
                    == "mine.json: \(setting.name) takes \(setting.values.text), not \(wrong.text)")
            #expect(recipe == Recipe(name: "one"))
        }
    }

    @Test(
        "name the nearest setting where there is none of a name",
        arguments: [
            ("learning-rate", "learning_rate"), ("lable_smoothing", "label_smoothing"),
            ("weight_decai", "weight_decay"), ("milestone", "milestones"),
        ])
    func nearest(name: String, expected: String) {
        var recipe = Recipe(name: "one")
        #expect(
            message { try recipe.set(name, .number(1), file: "--set") }
                == "--set: there is no setting '\(name)'; the nearest is \(expected)")
        let text = "{\"\(name)\": 1}"
        #expect(
            message { _ = try Recipe(name: "a", json: Data(text.utf8), file: "a.json") }
                .hasPrefix("a.json: there is no setting '\(name)'; the nearest is \(expected)"))
    }

    @Test("name what took the place of a setting of earlier versions")
    func replaced() {
        #expect(
            message {
                _ = try Recipe(
                    name: "a", json: Data(#"{"accumulation": 2}"#.utf8), file: "a.json")
            }
                == "a.json: there is no setting 'accumulation' any more: set shards, whose "
                + "statistics are combined in another way")
    }

    @Test(
        "name no setting where none is like the name",
        arguments: ["picture", "colour", "", "zzzzzzzz"])
    func nothingNear(name: String) {
        var recipe = Recipe(name: "one")
        #expect(
            message { try recipe.set(name, .number(1), file: "--set") }
                == "--set: there is no setting '\(name)'")
        #expect(
            message { _ = try Recipe.named("photographs") }
                .hasPrefix("there is no recipe 'photographs' (all: paper-cifar, "))
    }

    @Test(
        "that are no object of plain values are refused",
        arguments: [
            "", "[]", "[1, 2]", "3", "\"words\"", "{", "{\"epochs\": {}}", "{\"epochs\": null}",
            "{\"milestones\": [[1]]}", "{\"milestones\": [\"a\"]}", "\u{0}", "{\"epochs\": 1}}",
        ])
    func refusesOtherFiles(text: String) {
        #expect(
            message { _ = try Recipe(name: "a", json: Data(text.utf8), file: "a.json") }
                == "a.json: expected one object of JSON whose values are numbers, words, true, false or lists "
                + "of numbers, found something else; the built-in recipes are examples")
    }

    @Test("are read from files, and named after them")
    func files() throws {
        let temporary = try TemporaryDirectory()
        try temporary.write("{\"epochs\": 3, \"summary\": \"Short.\"}", to: "short.json")
        let path = temporary.path + "/short.json"
        let recipe = try Recipe.named(path)
        #expect(recipe.name == "short" && recipe.summary == "Short." && recipe.epochs == 3)
        try temporary.write("{\"epochs\": 0}", to: "short.json")
        #expect(
            message { _ = try Recipe.named(path) }
                == "\(path): epochs takes a whole number in 1...1000000, not 0")
        try temporary.write("{\"summary\": 3}", to: "short.json")
        #expect(
            message { _ = try Recipe.named(path) }
                == "\(path): summary takes a sentence in quotes, not 3")
    }

    @Test("are not read where there are none, or from what is too large to be one")
    func refusesFiles() throws {
        let temporary = try TemporaryDirectory()
        #expect(
            message { _ = try Recipe.named("moden") }
                .hasPrefix("there is no recipe 'moden'; the nearest is modern (all: paper-cifar, "))
        let missing = temporary.path + "/none.json"
        #expect(
            message { _ = try Recipe.named(missing) }
                == "\(missing): expected the file of a recipe, found nothing; check the path")
        #expect(
            message { _ = try Recipe.named(temporary.path) }
                == "\(temporary.path): expected the file of a recipe, found a directory; check the path"
        )
        try temporary.write(String(repeating: " ", count: 70_000) + "{}", to: "large.json")
        #expect(
            message { _ = try Recipe.named(temporary.path + "/large.json") }
                .contains("large.json: expected at most 65536 bytes, found more"))
    }

    @Test(
        "have milestones that stretch with the run, and drop at the start of an epoch or after it")
    func milestones() throws {
        var recipe = Recipe(name: "one")
        recipe.milestones = [60, 120, 160]
        #expect(
            recipe.schedule(epochs: 100, of: 200) == .steps(milestones: [30, 60, 80], ratio: 0.2))
        recipe.dropsAtStartOfMilestone = true
        recipe.ratio = 0.5
        #expect(
            recipe.schedule(epochs: 100, of: 200) == .steps(milestones: [29, 59, 79], ratio: 0.5))
        #expect(
            recipe.schedule(epochs: 200, of: 200) == .steps(milestones: [59, 119, 159], ratio: 0.5))
        // The first epoch has no start to drop at.
        #expect(recipe.schedule(epochs: 3, of: 200) == .steps(milestones: [1], ratio: 0.5))
    }
}
