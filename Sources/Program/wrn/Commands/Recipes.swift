// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNRuns
import WRNText

/// `wrn recipes`: lists the built-in recipes and the settings of recipes.
struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the recipes for training, show one, or list the settings of recipes.",
        usage: "wrn recipes [NAME|FILE] [--settings] [--json]",
        discussion: """
            A recipe is a small JSON file. To make one of your own, begin with another:

              wrn recipes modern > mine.json
              wrn train wrn-16-2 --data cifar10 --recipe mine.json --set ema=0.9995

            wrn train and wrn finetune take recipes. Settings that a recipe lacks are the paper's; \
            --set and other options replace those of a recipe.
            """)

    @Argument(help: ArgumentHelp("The recipe to show.", valueName: "name|file"))
    var name: String?

    @Flag(help: "List the settings of recipes, the values they take and what they do.")
    var settings = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if name != nil, settings {
            throw ValidationError(
                "--settings lists the settings of all recipes; leave the name out")
        }
        // A name that is none is a mistake of the command line here as in 'wrn train'.
        do {
            _ = try name.map(Recipe.named)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() throws {
        if let name {
            return try StandardOutput.write(
                DisplayText(document: jsonEscaped(Recipe.named(name).json)))
        }
        if settings { return try StandardOutput.write(settingsText()) }
        try StandardOutput.write(recipesText())
    }

    private struct RecipeLine: Encodable {
        let name: String
        let summary: String
    }

    private func recipesText() throws -> DisplayText {
        if output.json {
            return try jsonText(
                Recipe.builtIn.map { RecipeLine(name: $0.name, summary: $0.summary) })
        }
        let width = min(Terminal().width, 100)
        return DisplayText(
            lines: Recipe.builtIn.flatMap { recipe in
                [recipe.name] + wrapped(recipe.summary, width: width - 4).map { "    " + $0 }
            })
    }

    private struct SettingLine: Encodable {
        let name: String
        let values: String
        /// The value where nothing says it.
        let standard: String
        let meaning: String
        /// What it acts with, such as optimizers or schedules; nil for everything.
        let actsWith: String?
        /// The option of wrn train and wrn finetune.
        let option: String?

        private enum CodingKeys: String, CodingKey {
            case name, values, meaning, actsWith, option
            case standard = "default"
        }
    }

    private func settingsText() throws -> DisplayText {
        if output.json {
            return try jsonText(
                Recipe.settings.map {
                    SettingLine(
                        name: $0.name, values: $0.values.text, standard: $0.standard.text,
                        meaning: $0.meaning, actsWith: $0.scope == .all ? nil : $0.scope.text,
                        option: $0.option)
                })
        }
        let width = min(Terminal().width, 100)
        return DisplayText(
            lines: Recipe.settings.flatMap { setting in
                ["\(setting.name): \(setting.values.text)"]
                    + wrapped(Self.details(of: setting), width: width - 4).map { "    " + $0 }
            })
    }

    /// The meaning, scope and default of a setting.
    private static func details(of setting: TrainingSetting) -> String {
        let scope = setting.scope == .all ? nil : "Only with \(setting.scope.text)."
        let option = setting.option.map { "The option \($0)." }
        return [
            setting.meaning, scope, option, "(default: \(setting.standard.text))",
        ].compactMap(\.self).joined(separator: " ")
    }
}
