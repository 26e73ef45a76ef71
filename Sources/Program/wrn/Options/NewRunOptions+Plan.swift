// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNPlan
import WRNRuns
import WRNTensor

/// The numbers of a new run that neither the command line nor a recipe gives.
struct RunDefaults {
    var epochs = 200
    var batch = 128
    var optimizer = SGD()
    var schedule = LearningRateSchedule.Name.steps
    var isFineTuning = false

    /// The paper's, for a network that begins from random weights.
    static let training = RunDefaults()

    /// Few and short steps, for weights that are good already.
    static let fineTuning = RunDefaults(
        epochs: 10, batch: 32, optimizer: SGD(learningRate: 0.03, weightDecay: 1e-4),
        schedule: .cosine, isFineTuning: true)
}

extension NewRunOptions {
    /// The numbers of a run: a recipe's, replaced by those that the command line gives.
    struct Plan {
        /// The recipe as its file has it; empty without one.
        let written: Recipe
        /// The values from the command line.
        let given: Recipe
        /// Both together.
        let recipe: Recipe
        let epochs: Int
        let batch: Int
        let optimizer: Optimizer
        let schedule: LearningRateSchedule

        /// The precision of the run.
        var precision: Precision { recipe.precision ?? .float32 }
        /// Whether the precision is the default, which nothing chose.
        var isPrecisionOpen: Bool { recipe.precision == nil }
    }

    /// Joins the recipe, the settings, the options and the defaults.
    ///
    /// - Parameter epochs: The value of `--epochs`.
    /// - Throws: A `ValidationError` for a recipe, a setting or a value that cannot be, for a
    ///   setting that is given twice, and for one that would have no effect in this run.
    func plan(epochs: Int?, _ defaults: RunDefaults) throws -> Plan {
        let (written, given, recipe) = try recipes(epochs: epochs)
        for each in try commandLineSettings(epochs: epochs) {
            try each.checkActs(in: recipe, usualSchedule: defaults.schedule)
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

    /// The recipe, what the command line gives, and both together.
    func recipes(epochs: Int?) throws -> (written: Recipe, given: Recipe, both: Recipe) {
        do {
            let written = try recipe.map { try Recipe.named($0) } ?? Recipe(name: "")
            var (given, both) = (Recipe(name: ""), written)
            for each in try commandLineSettings(epochs: epochs) {
                try each.setting.set(each.value, in: &given, file: each.source)
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
