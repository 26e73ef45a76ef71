// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNBatches
import WRNPlan
import WRNRuns

/// A setting of a run that the command line gives, by an option of its own or by `--set`.
struct CommandLineSetting {
    let setting: TrainingSetting
    let value: SettingValue
    /// The text of the command line: `--lr 0.1` or `--set learning_rate=0.1`.
    let words: String
    /// The option that gives it: `--lr` or `--set`.
    var source: String { String(words.prefix { $0 != " " }) }

    /// A setting by its option; nil where the option is not given.
    init?(_ setting: TrainingSetting, _ number: Double?) {
        guard let number else { return nil }
        self.init(setting, .number(number), "\(number)")
    }

    /// A setting by its option; nil where the option is not given.
    init?(_ setting: TrainingSetting, _ number: Int?) {
        guard let number else { return nil }
        self.init(setting, .number(Double(number)), "\(number)")
    }

    /// A setting by its option; nil where the option is not given.
    init?<Word: RawRepresentable<String>>(_ setting: TrainingSetting, _ word: Word?) {
        guard let word else { return nil }
        self.init(setting, .text(word.rawValue), word.rawValue)
    }

    /// A setting by a flag that means `value`; nil where the flag is not given.
    init?(_ setting: TrainingSetting, _ value: Bool, where isGiven: Bool) {
        guard isGiven else { return nil }
        self.init(setting, .flag(value), nil)
    }

    private init(_ setting: TrainingSetting, _ value: SettingValue, _ text: String?) {
        self.setting = setting
        self.value = value
        words = [setting.option, text].compactMap(\.self).joined(separator: " ")
    }

    /// Reads the argument of `--set`, `key=value`, or of another option of that form.
    ///
    /// - Throws: A `ValidationError` where it is none, a ``TrainingError`` where there is
    ///   no such setting.
    init(argument: String, option: String = "--set") throws {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else {
            throw ValidationError(
                "\(option) takes key=value, label_smoothing=0.1 for example, not '\(argument)'")
        }
        setting = try Recipe.setting(
            String(parts[0].map { $0 == "-" ? "_" : $0 }), file: option)
        value = SettingValue(commandLine: String(parts[1]))
        words = "\(option) \(argument)"
    }

    /// Refuses settings of which one is given twice: neither may silently replace the other.
    static func checkOnce(_ given: [CommandLineSetting]) throws {
        var first: [String: CommandLineSetting] = [:]
        for each in given {
            if let other = first[each.setting.name] {
                throw ValidationError(
                    "\(other.words) and \(each.words) are the same setting, \(each.setting.name); "
                        + "give one of them")
            }
            first[each.setting.name] = each
        }
    }

    /// Refuses a setting that would have no effect in a run of a recipe.
    ///
    /// - Parameter usualSchedule: The schedule where the recipe names none.
    func checkActs(in recipe: Recipe, usualSchedule: LearningRateSchedule.Name) throws {
        let optimizer = recipe.optimizer ?? .sgd
        let schedule = recipe.schedule ?? usualSchedule
        let classWeights = recipe.classWeights ?? .none
        let stopping = recipe.earlyStopping ?? Recipe.StoppingMetric.none
        let (kind, wanted, found): (TrainingSetting, [String], String)
        switch setting.scope {
        case .optimizers(let names) where !names.contains(optimizer):
            (kind, wanted, found) = (.optimizer, names.map(\.rawValue), optimizer.rawValue)
        case .schedules(let names) where !names.contains(schedule):
            (kind, wanted, found) = (.schedule, names.map(\.rawValue), schedule.rawValue)
        case .effectiveNumbers where classWeights != .effectiveNumber:
            (kind, wanted, found) = (
                .classWeights, [TrainingConfiguration.ClassWeights.effectiveNumber.rawValue],
                classWeights.rawValue
            )
        case .earlyStopping where stopping == .none:
            (kind, wanted, found) = (
                .earlyStopping,
                Recipe.StoppingMetric.allCases.filter { $0 != .none }.map(\.rawValue),
                stopping.rawValue
            )
        case .imageSizes where recipe.imageSizes?.isEmpty ?? true:
            throw ValidationError(
                "\(words) has no effect: \(setting.name) acts with image_sizes, and this run has "
                    + "none; leave it out, or set image_sizes")
        case .lookahead where (recipe.lookahead ?? 0) == 0:
            throw ValidationError(
                "\(words) has no effect: \(setting.name) acts with lookahead, and this run has "
                    + "none; leave it out, or set lookahead")
        default: return
        }
        throw ValidationError(
            "\(words) has no effect: \(setting.name) acts with the \(kind.name) "
                + "\(wanted.joined(separator: ", ")) only, and this run has \(found); leave it "
                + "out, or choose another \(kind.name)")
    }

    /// Refuses a setting that would have no effect because the augmentation of the run leaves
    /// images as they are; 0, which stands for no such epochs, is none.
    func checkActs(with augmentation: Augmentation) throws {
        guard setting.scope == .augmentation, value != .number(0), augmentation.isNone else {
            return
        }
        throw ValidationError(
            "\(words) has no effect: \(setting.name) acts with augmentation, and this run has "
                + "none; leave it out, or choose an augmentation")
    }
}

extension ArgumentHelp {
    /// The help of a setting's option: what it does, and its default.
    static func setting(_ setting: TrainingSetting, valueName: String? = nil) -> ArgumentHelp {
        ArgumentHelp(
            "\(setting.meaning) (default: \(setting.standard.text))", valueName: valueName)
    }
}

/// Checks a number of the command line against the values of its setting.
///
/// - Throws: A `ValidationError` that names the option, the rule and what was given.
func checkOption(_ setting: TrainingSetting, _ value: Double?) throws {
    guard let value, let problem = setting.problem(value, called: setting.option ?? setting.name)
    else { return }
    throw ValidationError(problem)
}

/// Checks a whole number of the command line against the values of its setting.
///
/// - Throws: A `ValidationError` that names the option, the rule and what was given.
func checkOption(_ setting: TrainingSetting, _ value: Int?) throws {
    guard let value, let problem = setting.problem(value, called: setting.option ?? setting.name)
    else { return }
    throw ValidationError(problem)
}
