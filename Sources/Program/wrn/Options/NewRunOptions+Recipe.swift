// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNPlan
import WRNRuns

extension NewRunOptions {
    /// The numbers of a run: the recipe's with what was given besides.
    struct Plan {
        let recipe: Recipe
        let epochs: Int
        let batch: Int
        let optimizer: Optimizer
        let schedule: LearningRateSchedule
    }

    /// Joins the recipe, the settings and the options; where none says anything, the defaults hold.
    ///
    /// - Parameter epochs: What `--epochs` says.
    func plan(epochs: Int?, _ defaults: RunDefaults) throws -> Plan {
        var recipe = try wantedRecipe()
        let written = try self.recipe.map { try Recipe.named($0) }
        recipe.epochs = epochs ?? recipe.epochs ?? defaults.epochs
        let count = recipe.epochs ?? defaults.epochs
        // Milestones that were given by hand hold for the epochs that were asked for; the recipe's
        // stretch with its own.
        let isByHand = recipe.milestones != written?.milestones
        return Plan(
            recipe: recipe, epochs: count, batch: recipe.batch ?? defaults.batch,
            optimizer: recipe.optimizer(defaults.optimizer),
            schedule: recipe.schedule(
                defaults.schedule, epochs: count,
                of: isByHand ? count : written?.epochs ?? count))
    }

    /// The recipe with the settings and the options in it.
    ///
    /// - Throws: A `ValidationError` for a recipe, a setting or a value that cannot be.
    func wantedRecipe() throws -> Recipe {
        do {
            var result = try recipe.map { try Recipe.named($0) } ?? Recipe(name: "")
            for text in settings {
                let parts = text.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else {
                    throw ValidationError(
                        "--set takes key=value, label_smoothing=0.1 for example, not '\(text)'")
                }
                let key = String(parts[0].map { $0 == "-" ? "_" : $0 })
                try result.set(key, RecipeValue(commandLine: String(parts[1])), file: "--set")
            }
            if let batch { result.batch = batch }
            if let dropout { result.dropout = dropout }
            if let learningRate { result.learningRate = learningRate }
            if let schedule { result.schedule = schedule }
            if let momentum { result.momentum = momentum }
            if let weightDecay { result.weightDecay = weightDecay }
            return result
        } catch let error as TrainingError {
            throw ValidationError(
                error.message + (OptionAdvice.text(for: error).map { " (\($0))" } ?? ""))
        }
    }
}
