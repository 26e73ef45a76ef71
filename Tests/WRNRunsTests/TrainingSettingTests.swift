// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNModel
import WRNPlan
import WRNTestSupport

@testable import WRNRuns

@Suite("The table of settings")
struct TrainingSettingTests {
    /// A run on images so large that they refuse no border and no cutout.
    private func configuration(_ recipe: Recipe) -> TrainingConfiguration {
        TrainingConfiguration(
            model: ModelDescription(
                architecture: "wrn-10-1", classes: 10, dropout: recipe.dropout ?? 0,
                inputChannels: 3, inputHeight: 2048, inputWidth: 2048, mean: [0, 0, 0],
                standardDeviation: [1, 1, 1]),
            data: TrainingConfiguration.Data(
                source: "x", name: "x", trainImages: 100_000, validationImages: 1),
            epochs: recipe.epochs ?? 200, batch: recipe.batch ?? 65_536,
            optimizer: recipe.optimizer(),
            schedule: recipe.schedule(epochs: recipe.epochs ?? 200, of: recipe.epochs ?? 200),
            augmentation: recipe.augmentation(.none), stepRules: recipe.stepRules,
            earlyStopping: recipe.earlyStoppingRule,
            validationInterval: recipe.validationInterval)
    }

    /// A recipe in which a setting acts.
    private func recipe(for setting: TrainingSetting) -> Recipe {
        var recipe = Recipe(name: "one")
        switch setting.scope {
        case .optimizers(let names): recipe.optimizer = names.first
        case .schedules(let names): recipe.schedule = names.first
        case .effectiveNumbers: recipe.classWeights = .effectiveNumber
        case .earlyStopping: recipe.earlyStopping = .loss
        case .imageSizes: recipe.imageSizes = [4]
        case .lookahead: recipe.lookahead = 0.5
        case .all, .augmentation, .fineTuning, .imageFiles: break
        }
        return recipe
    }

    private func isValid(_ recipe: Recipe) -> Bool {
        (try? configuration(recipe).validate()) != nil
    }

    /// Numbers at, below and above the bounds of all settings.
    private static let probes =
        [-1, -1e-9, 0, 1e-12, 0.5, 1 - 1e-12, 1, 1 + 1e-9, 10, 10.001, 200, 1000, 1000.5, 1024]
        + [1025, 65_536, 65_537, 1e6, 1_000_001, 1e300, .infinity, .nan]

    @Test("has the ranges that a run is validated against", arguments: Recipe.settings)
    func ranges(_ setting: TrainingSetting) throws {
        try #require(isValid(recipe(for: setting)))
        var (accepted, refused) = (0, 0)
        for probe in Self.probes {
            var recipe = recipe(for: setting)
            guard setting.write(.number(probe), in: &recipe) else { continue }
            let isInTable = setting.values.contains(.number(probe))
            // Warm-ups, and steps in 32 bits, depend on the epochs as well, and so does how many of
            // these see plain images.
            if isInTable, ["warmup_epochs", "plain_epochs"].contains(setting.name), probe >= 200 {
                continue
            }
            // The run has two steps an epoch, and the weights return once at least.
            if isInTable, setting.name == "lookahead_steps", probe > 400 { continue }
            // These follow the size of the images, which is larger here than the table permits.
            if ["crop_padding", "cutout"].contains(setting.name), probe > 1024 { continue }
            #expect(isValid(recipe) == isInTable, "\(setting.name) = \(probe)")
            if isInTable { accepted += 1 } else { refused += 1 }
        }
        switch setting.values {
        case .number, .integer, .power: #expect(accepted > 0 && refused > 0)
        case .flag, .flagOrWord, .word, .epochs, .rising, .other:
            #expect(accepted == 0 && refused == 0)
        }
    }

    @Test("has the defaults of a run that says nothing")
    func defaults() throws {
        let temporary = try TemporaryDirectory()
        let images = try TinyImages.make(count: 200, seed: 1)
        var compared: Set<String> = []
        for setting in Recipe.settings {
            let recipe = recipe(for: setting)
            let configuration = try TrainingConfiguration(
                network: "wrn-10-0.25", source: "bands", train: images, validation: images,
                optimizer: recipe.optimizer(),
                schedule: recipe.schedule(epochs: 200, of: 200), stepRules: recipe.stepRules,
                earlyStopping: recipe.earlyStoppingRule,
                validationInterval: recipe.validationInterval)
            let name = setting.name
            _ = try RunDirectory.create(at: temporary.path + "/" + name, configuration)
            let record = try RunRecord(readingFrom: temporary.path + "/" + name)
            let found = record.settings.first { $0.key == name }?.value
            let text =
                switch found {
                case nil: "none"
                case .boolean(let flag): "\(flag)"
                case .some(let value): value.text
                }
            switch name {
            case "milestones": #expect(text == "60, 120, 160")
            case "ratio": #expect(text == "0.2" && setting.standard.value.hasPrefix("0.2, "))
            case "warmup_epochs": #expect(text == "0" && setting.standard.value.hasPrefix("0, "))
            case "flip", "crop_padding", "crop_scale":
                #expect(setting.standard.value == "as suits the images")
            case "crop_border": #expect(text == "none" && setting.standard.value == "reflect")
            case "image_size_shares":
                #expect(text == "none" && setting.standard.value == "parts of one length")
            case "drop_at_start_of_milestone": #expect(text == "none")
            case "validate_every": #expect(text == "none" && setting.standard.value == "1")
            default:
                #expect(text == setting.standard.value, "\(name)")
                compared.insert(name)
            }
        }
        #expect(compared.count > 25)
        var adamW = Recipe(name: "adamw")
        adamW.optimizer = .adamW
        let optimizer = adamW.optimizer()
        #expect(TrainingSetting.learningRate.standard.adamW == "\(optimizer.learningRate)")
        #expect(TrainingSetting.weightDecay.standard.adamW == "\(optimizer.weightDecay)")
    }

    @Test("has each name, option and place once, and a sentence for each setting")
    func names() {
        let all = TrainingSetting.all
        #expect(Set(all.map(\.name)).count == all.count)
        let options = all.compactMap(\.option)
        #expect(Set(options).count == options.count)
        let places = all.compactMap(\.place)
        #expect(Set(places).count == places.count)
        #expect(all.allSatisfy { $0.meaning.count > 15 && !$0.standard.value.isEmpty })
        #expect(TrainingSetting.named("lr")?.name == "learning_rate")
    }

    @Test("stands in the documentation as it is")
    func documentation() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Documentation/Recipes.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let rows = TrainingSetting.all.map { setting in
            let option = setting.option.map { "`\($0)`" } ?? ""
            return "| `\(setting.name)` | \(option) | \(setting.values.text) | "
                + "\(setting.standard.text) | \(setting.scope.text) | \(setting.meaning) |"
        }
        let table =
            (["| setting | option | values | default | acts with | what it is |"]
            + ["|---|---|---|---|---|---|"] + rows).joined(separator: "\n")
        #expect(text.contains(table + "\n"), "Documentation/Recipes.md lacks:\n\(table)")
    }
}
