// SPDX-License-Identifier: Apache-2.0

import WRNBatches
package import WRNPlan

/// A setting of a training run: its name, values, default, meaning and scope, and its option and
/// its place in `config.json`.
///
/// ``all`` is the table of all settings. Recipes, `--set`, the program's options, the names of
/// settings in reports, validation and the documentation follow it.
package struct TrainingSetting: Sendable {
    /// The values that a setting takes.
    package enum Values: Hashable, Sendable {
        /// Numbers in a range.
        case number(NumberRange)
        /// Whole numbers in a range.
        case integer(ClosedRange<Int>)
        /// Powers of two, from 1 to the largest.
        case power(upTo: Int)
        /// `true` or `false`.
        case flag
        /// `true`, `false` or one of some words.
        case flagOrWord([String])
        /// One of some words.
        case word([String])
        /// Epochs in rising order.
        case epochs
        /// Numbers in a range, in rising order; the text is an example.
        case rising(NumberRange, isWhole: Bool, String)
        /// Values that a sentence describes; such a setting has an option, but is not a setting of
        /// recipes.
        case other(String)
    }

    /// The runs in which a setting acts.
    package enum Scope: Hashable, Sendable {
        /// All runs.
        case all
        /// Runs with one of these optimizers.
        case optimizers([Optimizer.Name])
        /// Runs with one of these schedules.
        case schedules([LearningRateSchedule.Name])
        /// Runs whose classes are weighed by effective numbers.
        case effectiveNumbers
        /// Runs that may end before their last epoch.
        case earlyStopping
        /// Runs whose images grow.
        case imageSizes
        /// Runs whose images are augmented.
        case augmentation
        /// Runs whose weights return to slow ones.
        case lookahead
        /// Runs that begin from other weights.
        case fineTuning
        /// Runs on image files.
        case imageFiles
    }

    /// The value of a setting that is not set.
    package struct Default: Hashable, Sendable {
        /// That of a run that begins from random weights.
        package let value: String
        /// That with the optimizer AdamW, where it differs.
        package let adamW: String?
        /// That of a run that begins from other weights, where it differs.
        package let fineTuned: String?
        /// What it follows from on photographs (``PhotographDefaults``), where it differs.
        package let photographs: String?

        init(
            _ value: String, adamW: String? = nil, fineTuned: String? = nil,
            photographs: String? = nil
        ) {
            self.value = value
            self.adamW = adamW
            self.fineTuned = fineTuned
            self.photographs = photographs
        }

        /// The values in words: `0.1, with adamw 0.001, to fine-tune 0.03`.
        package var text: String {
            let others = [
                adamW.map { "with adamw \($0)" }, fineTuned.map { "to fine-tune \($0)" },
                photographs.map { "of photographs \($0)" },
            ]
            return ([value] + others.compactMap(\.self)).joined(separator: ", ")
        }
    }

    /// The name in recipes, `--set`, reports and the documentation.
    package let name: String
    /// The values that it takes.
    package let values: Values
    /// The value where nothing sets it.
    package let standard: Default
    /// Its meaning, in a sentence.
    package let meaning: String
    /// The runs in which it acts.
    package let scope: Scope
    /// The option of the command line for it; nil where there is `--set` alone.
    package let option: String?
    /// The key path in `config.json`; nil for one that is part of other values there.
    package let place: String?

    private let access: Access?

    /// The access to a setting in a recipe.
    private struct Access: Sendable {
        let read: @Sendable (Recipe) -> SettingValue?
        /// Stores a value; false where it is of another kind.
        let write: @Sendable (inout Recipe, SettingValue) -> Bool
    }

    /// Whether recipes and `--set` take it.
    package var isOfRecipes: Bool { access != nil }

    /// The value in a recipe; nil where the recipe does not set it.
    package func value(in recipe: Recipe) -> SettingValue? { access?.read(recipe) }

    /// Sets the value in a recipe.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` where the setting takes no such
    ///   value.
    package func set(
        _ value: SettingValue, in recipe: inout Recipe, file: String
    ) throws(TrainingError) {
        var changed = recipe
        guard values.contains(value), write(value, in: &changed) else {
            throw TrainingError(
                .invalidRecipe, "\(file): \(name) takes \(values.text), not \(value.text)")
        }
        recipe = changed
    }

    /// Stores a value of the right kind, whether it is in range or not.
    func write(_ value: SettingValue, in recipe: inout Recipe) -> Bool {
        access?.write(&recipe, value) ?? false
    }

    /// The sentence about an invalid number that is called `what`; nil for a valid one: `the
    /// momentum must be at least 0 and below 1, not 1.0`.
    package func problem(_ number: Double, called what: String) -> String? {
        values.contains(.number(number)) ? nil : "\(what) must be \(values.rule), not \(number)"
    }

    /// The sentence about an invalid whole number that is called `what`; nil for a valid one.
    package func problem(_ number: Int, called what: String) -> String? {
        switch values {
        case .integer, .power: break
        default: return nil
        }
        return values.contains(.number(Double(number)))
            ? nil : "\(what) must be \(values.rule), not \(number)"
    }
}

extension TrainingSetting.Values {
    /// Whether a value is one of them.
    package func contains(_ value: SettingValue) -> Bool {
        switch (self, value) {
        case (.number(let range), .number(let number)): range.contains(number)
        case (.integer(let range), .number(let number)):
            Int(exactly: number).map(range.contains) ?? false
        case (.power(let largest), .number(let number)):
            Int(exactly: number).map { (1...largest).contains($0) && $0.nonzeroBitCount == 1 }
                ?? false
        case (.flag, .flag), (.flagOrWord, .flag): true
        case (.flagOrWord(let words), .text(let word)): words.contains(word)
        case (.word(let words), .text(let word)): words.contains(word)
        case (.epochs, .list(let numbers)):
            numbers.allSatisfy { number in
                Int(exactly: number).map((1...TrainingConfiguration.maximumEpochCount).contains)
                    ?? false
            } && numbers == Set(numbers).sorted()
        case (.rising(let range, let isWhole, _), .list(let numbers)):
            numbers.allSatisfy { number in
                range.contains(number) && !(isWhole && Int(exactly: number) == nil)
            } && numbers == Set(numbers).sorted()
        default: false
        }
    }

    /// The values in words, as the end of "it takes".
    package var text: String {
        switch self {
        case .number(let range): range.text
        case .integer(let range): "a whole number in \(range.lowerBound)...\(range.upperBound)"
        case .power(let largest): "1, 2, 4, 8 and so on to \(largest)"
        case .flag: "true or false"
        case .flagOrWord(let words): (["true", "false"] + words).joined(separator: ", ")
        case .word(let words): words.joined(separator: ", ")
        case .epochs: "epochs in rising order, [60, 120, 160] for example"
        case .rising(let range, let isWhole, let example):
            "rising \(isWhole ? "whole " : "")numbers"
                + range.text.dropFirst("a number".count) + ", \(example) for example"
        case .other(let text): text
        }
    }

    /// The values as the end of "it must be".
    var rule: String {
        switch self {
        case .number(let range): range.rule
        case .integer(let range): "in \(range.lowerBound)...\(range.upperBound)"
        default: text
        }
    }
}

extension TrainingSetting.Scope {
    /// Where the setting acts, in words; empty for all runs.
    package var text: String {
        switch self {
        case .all: ""
        case .optimizers(let names):
            "optimizer " + names.map(\.rawValue).joined(separator: ", ")
        case .schedules(let names): "schedule " + names.map(\.rawValue).joined(separator: ", ")
        case .effectiveNumbers: "class_weights effective-number"
        case .earlyStopping: "early_stopping"
        case .imageSizes: "image_sizes"
        case .augmentation: "augmentation"
        case .lookahead: "lookahead"
        case .fineTuning: "fine-tuning"
        case .imageFiles: "image files"
        }
    }
}

// Entries of the table.

extension TrainingSetting {
    static func number(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Double?> & Sendable),
        _ range: NumberRange, _ standard: Default, _ meaning: String, _ scope: Scope = .all,
        option: String? = nil, place: String?
    ) -> TrainingSetting {
        let access = Access {
            $0[keyPath: path].map(SettingValue.number)
        } write: { recipe, value in
            guard case .number(let number) = value else { return false }
            recipe[keyPath: path] = number
            return true
        }
        return TrainingSetting(
            name: name, values: .number(range), standard: standard, meaning: meaning, scope: scope,
            option: option, place: place, access: access)
    }

    static func integer(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Int?> & Sendable),
        _ range: ClosedRange<Int>, _ standard: Default, _ meaning: String, _ scope: Scope = .all,
        option: String? = nil, place: String?
    ) -> TrainingSetting {
        let access = Access {
            $0[keyPath: path].map { .number(Double($0)) }
        } write: { recipe, value in
            guard case .number(let number) = value, let whole = Int(exactly: number) else {
                return false
            }
            recipe[keyPath: path] = whole
            return true
        }
        return TrainingSetting(
            name: name, values: .integer(range), standard: standard, meaning: meaning, scope: scope,
            option: option, place: place, access: access)
    }

    static func power(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Int?> & Sendable), upTo largest: Int,
        _ standard: Default, _ meaning: String, option: String? = nil, place: String?
    ) -> TrainingSetting {
        let whole = integer(
            name, path, 1...largest, standard, meaning, option: option, place: place)
        return TrainingSetting(
            name: name, values: .power(upTo: largest), standard: standard, meaning: meaning,
            scope: .all, option: option, place: place, access: whole.access)
    }

    static func flag(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Bool?> & Sendable),
        _ standard: Default, _ meaning: String, _ scope: Scope = .all, option: String? = nil,
        place: String?
    ) -> TrainingSetting {
        let access = Access {
            $0[keyPath: path].map(SettingValue.flag)
        } write: { recipe, value in
            guard case .flag(let flag) = value else { return false }
            recipe[keyPath: path] = flag
            return true
        }
        return TrainingSetting(
            name: name, values: .flag, standard: standard, meaning: meaning, scope: scope,
            option: option, place: place, access: access)
    }

    static func flip(
        _ name: String, _ standard: Default, _ meaning: String, option: String?, place: String?
    ) -> TrainingSetting {
        let alternate = Augmentation.Flip.alternate
        let access = Access { recipe in
            switch recipe.flip {
            case nil: return nil
            case .never: return .flag(false)
            case .random: return .flag(true)
            case .alternate: return .text(alternate.rawValue)
            }
        } write: { recipe, value in
            switch value {
            case .flag(let flag): recipe.flip = flag ? .random : .never
            case .text(alternate.rawValue): recipe.flip = alternate
            default: return false
            }
            return true
        }
        return TrainingSetting(
            name: name, values: .flagOrWord([alternate.rawValue]), standard: standard,
            meaning: meaning, scope: .all, option: option, place: place, access: access)
    }

    static func word<Word: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Word?> & Sendable),
        _ standard: Default, _ meaning: String, _ scope: Scope = .all, option: String? = nil,
        place: String?
    ) -> TrainingSetting {
        let access = Access {
            $0[keyPath: path].map { .text($0.rawValue) }
        } write: { recipe, value in
            guard case .text(let text) = value, let word = Word(rawValue: text) else {
                return false
            }
            recipe[keyPath: path] = word
            return true
        }
        return TrainingSetting(
            name: name, values: .word(Word.allCases.map(\.rawValue)), standard: standard,
            meaning: meaning, scope: scope, option: option, place: place, access: access)
    }

    static func epochs(
        _ name: String, _ path: any (WritableKeyPath<Recipe, [Int]?> & Sendable),
        _ standard: Default, _ meaning: String, _ scope: Scope = .all, place: String?
    ) -> TrainingSetting {
        TrainingSetting(
            name: name, values: .epochs, standard: standard, meaning: meaning, scope: scope,
            option: nil, place: place, access: list(path))
    }

    static func rising(
        _ name: String, _ path: any (WritableKeyPath<Recipe, [Int]?> & Sendable),
        _ range: ClosedRange<Int>, _ standard: Default, _ meaning: String, place: String?
    ) -> TrainingSetting {
        let numbers = NumberRange(Double(range.lowerBound)...Double(range.upperBound))
        return TrainingSetting(
            name: name, values: .rising(numbers, isWhole: true, "[16, 24]"), standard: standard,
            meaning: meaning, scope: .all, option: nil, place: place, access: list(path))
    }

    static func rising(
        _ name: String, _ path: any (WritableKeyPath<Recipe, [Double]?> & Sendable),
        _ range: NumberRange, _ standard: Default, _ meaning: String, _ scope: Scope,
        place: String?
    ) -> TrainingSetting {
        let access = Access {
            $0[keyPath: path].map(SettingValue.list)
        } write: { recipe, value in
            guard case .list(let numbers) = value else { return false }
            recipe[keyPath: path] = numbers
            return true
        }
        return TrainingSetting(
            name: name, values: .rising(range, isWhole: false, "[0.3, 0.6]"), standard: standard,
            meaning: meaning, scope: scope, option: nil, place: place, access: access)
    }

    /// How a list of whole numbers is read from a recipe and put into it.
    private static func list(
        _ path: any (WritableKeyPath<Recipe, [Int]?> & Sendable)
    ) -> Access {
        Access {
            $0[keyPath: path].map { .list($0.map(Double.init)) }
        } write: { recipe, value in
            guard case .list(let numbers) = value else { return false }
            let whole = numbers.compactMap { Int(exactly: $0) }
            guard whole.count == numbers.count else { return false }
            recipe[keyPath: path] = whole
            return true
        }
    }

    /// A setting that has an option, but is not a setting of recipes.
    static func only(
        option: String, _ name: String, _ values: Values, _ standard: Default, _ meaning: String,
        _ scope: Scope = .all, place: String?
    ) -> TrainingSetting {
        TrainingSetting(
            name: name, values: values, standard: standard, meaning: meaning, scope: scope,
            option: option, place: place, access: nil)
    }
}
