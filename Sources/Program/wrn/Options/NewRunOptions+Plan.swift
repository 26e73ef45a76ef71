// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNBatches
import WRNDatasets
import WRNPlan
import WRNRuns
import WRNTensor

/// The numbers of a new run that neither the command line nor a recipe gives.
struct RunDefaults {
    let epochs: Int
    let batch: Int
    let optimizer: SGD
    let schedule: LearningRateSchedule.Name
    var isFineTuning = false
    /// What photographs choose; nil for none.
    let photographs: PhotographDefaults?

    /// The paper's, for a network that begins from random weights.
    static let training = training(photographs: nil)

    /// The same, where photographs choose some of them.
    static func training(photographs: PhotographDefaults?) -> RunDefaults {
        RunDefaults(
            epochs: 200, batch: 128, optimizer: SGD(), schedule: .steps, photographs: photographs)
    }

    /// Few and short steps, for weights that are good already.
    static let fineTuning = fineTuning(photographs: nil)

    /// The same, where photographs choose some of them.
    static func fineTuning(photographs: PhotographDefaults?) -> RunDefaults {
        RunDefaults(
            epochs: 10, batch: 32, optimizer: SGD(learningRate: 0.03, weightDecay: 1e-4),
            schedule: .cosine, isFineTuning: true, photographs: photographs)
    }
}

extension NewRunOptions {
    /// The numbers of a run: a recipe's, replaced by those that the command line gives.
    struct Plan {
        /// The recipe as its file has it, or what photographs choose; empty without one.
        let written: Recipe
        /// The values from the command line.
        let given: Recipe
        /// Both together.
        let recipe: Recipe
        let epochs: Int
        let batch: Int
        let optimizer: Optimizer
        let schedule: LearningRateSchedule

        /// The name of the recipe; nil without one.
        var recipeName: String? { written.name.isEmpty ? nil : written.name }
        /// The precision of the run.
        var precision: Precision { recipe.precision ?? .float32 }
    }

    /// Joins the recipe, the settings, the options and the defaults.
    ///
    /// - Parameter epochs: The value of `--epochs`.
    /// - Throws: A `ValidationError` for a recipe, a setting or a value that cannot be, for a
    ///   setting that is given twice, and for one that would have no effect in this run.
    func plan(epochs: Int?, _ defaults: RunDefaults) throws -> Plan {
        let (written, given, recipe) = try recipes(epochs: epochs, defaults.photographs)
        for each in try commandLineSettings(epochs: epochs) {
            try each.checkActs(in: recipe, usualSchedule: defaults.schedule)
            if let decided = augmentation.decided(by: given) { try each.checkActs(with: decided) }
        }
        let count = recipe.epochs ?? defaults.epochs
        // Milestones on the command line are those of this run; the recipe's stretch with its
        // epochs.
        let whole = given.milestones == nil ? written.epochs ?? count : count
        return Plan(
            written: written, given: given, recipe: recipe, epochs: count,
            batch: recipe.batch ?? defaults.batch,
            optimizer: recipe.optimizer(defaults.optimizer, isFineTuning: defaults.isFineTuning),
            schedule: recipe.schedule(defaults.schedule, epochs: count, of: whole))
    }

    /// The augmentation of a run on these images.
    ///
    /// - Throws: A `ValidationError` for one that cannot be, and for a setting that would have no
    ///   effect beside it.
    func checkedAugmentation(
        for images: any ImageSet, _ plan: Plan, epochs: Int?
    ) throws -> Augmentation {
        let result = try augmentation.augmentation(for: images, plan.written, plan.given)
        for each in try commandLineSettings(epochs: epochs) { try each.checkActs(with: result) }
        return result
    }

    /// Whether the precision is the default, which neither an option nor a recipe chose.
    var isPrecisionOpen: Bool {
        get throws { try recipes(epochs: nil).both.precision == nil }
    }

    /// Refuses settings that cannot be, before any data is read.
    ///
    /// - Parameters:
    ///   - epochs: The value of `--epochs`.
    ///   - mayBePhotographs: Whether the data may choose other settings than those of the paper; a
    ///     setting that acts with either is then checked with them.
    func checkPlan(epochs: Int?, mayBePhotographs: Bool) throws {
        if mayBePhotographs, recipe == nil {
            let photographs = PhotographDefaults(.training, images: 1, usualSide: 0)
            let defaults = RunDefaults.training(photographs: photographs)
            if (try? plan(epochs: epochs, defaults)) != nil { return }
        }
        _ = try plan(epochs: epochs, .training)
    }

    /// The recipe, what the command line gives, and both together.
    ///
    /// - Parameter photographs: What chooses a recipe where none is named; nil for none.
    func recipes(
        epochs: Int?, _ photographs: PhotographDefaults? = nil
    ) throws -> (written: Recipe, given: Recipe, both: Recipe) {
        do {
            let settings = try commandLineSettings(epochs: epochs)
            var given = Recipe(name: "")
            for each in settings {
                try each.setting.set(each.value, in: &given, file: each.source)
            }
            let written =
                switch recipe {
                case nil: photographs?.recipe(beside: given) ?? Recipe(name: "")
                case Recipe.noneName?: Recipe(name: "")
                case let name?: try Recipe.named(name)
                }
            var both = written
            for each in settings {
                try each.setting.set(each.value, in: &both, file: each.source)
            }
            return (written, given, both)
        } catch let error as TrainingError {
            throw ValidationError(
                error.message + (OptionAdvice.text(for: error).map { " (\($0))" } ?? ""))
        }
    }

    /// The settings that the command line gives, each of them once.
    func commandLineSettings(epochs: Int?) throws -> [CommandLineSetting] {
        let options = [
            CommandLineSetting(.epochs, epochs), CommandLineSetting(.batch, batch),
            CommandLineSetting(.shards, shards),
            CommandLineSetting(.dropout, dropout), CommandLineSetting(.learningRate, learningRate),
            CommandLineSetting(.schedule, schedule), CommandLineSetting(.momentum, momentum),
            CommandLineSetting(.weightDecay, weightDecay),
            CommandLineSetting(.earlyStopping, earlyStopping),
            CommandLineSetting(.stopPatience, stopPatience),
            CommandLineSetting(.precision, precision),
        ].compactMap(\.self)
        let given =
            try options + augmentation.settings
            + settings.map { try CommandLineSetting(argument: $0) }
        try CommandLineSetting.checkOnce(given)
        try augmentation.checkCrops(given)
        return given
    }
}
