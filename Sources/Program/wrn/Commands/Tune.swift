// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNRuns
import WRNZoo

/// `wrn tune`: a search for good settings.
struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Search for good settings: train several runs, the better ones longer.",
        usage: usageText(
            """
            wrn tune NAME --data SOURCE --dir DIR --try KEY=VALUES ... [--minutes N | --epochs N] \
            [options]
            wrn tune [NAME] --fine-tune [--weights DIR|FILE] --data SOURCE --dir DIR --try \
            KEY=VALUES ... [options]
            """),
        discussion: """
            --try lr=0.01,0.03,0.1 names values of a setting of recipes, or of fine-tuning \
            ('wrn recipes --settings' lists all); lists are tried in all combinations. \
            --try lr=0.001...0.1 draws numbers from a range, and --trials N sets how many \
            combinations are drawn.

            By successive halving all trials are trained for a few epochs, the best third of \
            them three times as long, and so on to the full length: --epochs, or as many as fit \
            in --minutes on this machine, which is measured first. A trial that goes on is \
            resumed, so each is an ordinary run of the full length in DIR, which 'wrn runs DIR' \
            lists and 'wrn train --resume' completes.

            Trials are compared on validation images, never on test images: where the data has \
            no validation images, a tenth of the training images is held out. The table goes to \
            DIR/tuning.txt and DIR/tuning.json. Ctrl-C stops between two steps, and the same \
            command again goes on.
            """)

    @Argument(
        help: "The network, for example wrn-16-4; with --fine-tune it can be left out.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(
        name: .customLong("dir"),
        help: ArgumentHelp(
            "The new directory in which the trials are kept, or that of the same command before.",
            valueName: "dir"))
    var directory: String

    @Option(
        name: .customLong("try"),
        help: ArgumentHelp(
            "A setting with the values to try, lr=0.01,0.03,0.1 or lr=0.001...0.1; can be given "
                + "several times.",
            valueName: "key=values"))
    var tried: [String] = []

    @Option(
        help: ArgumentHelp(
            "How many trials to draw (default: all combinations; with a range "
                + "\(SettingChoice.usualDrawnCount)).",
            valueName: "n"))
    var trials: Int?

    @Option(
        help: ArgumentHelp(
            "The epochs of the best trials, the full length (default: 200, to fine-tune 10, or "
                + "the recipe's)."))
    var epochs: Int?

    @Option(
        help: ArgumentHelp(
            "Instead of --epochs: the full length with which all trials together take so long.",
            valueName: "minutes"))
    var minutes: Double?

    @Option(
        help: ArgumentHelp(
            "By how much each rung has fewer trials and more epochs than the one before.",
            valueName: "factor"))
    var reduction = 3

    @Option(
        help: ArgumentHelp(
            "What trials are compared by: accuracy, balanced-accuracy or loss.",
            valueName: "metric"))
    var metric = TrainingConfiguration.EarlyStopping.Metric.accuracy

    @Flag(help: "Begin from a model's weights (--weights), as 'wrn finetune' does.")
    var fineTune = false

    @OptionGroup var control: RunControlOptions

    @OptionGroup(title: "To fine-tune") var weights: WeightsOptions

    @OptionGroup(title: "What moves, and how fast") var tuning: FineTuningOptions

    @OptionGroup(title: "Options of all trials") var new: NewRunOptions

    /// The option in messages about the values.
    private static let source = "--try"

    var defaults: RunDefaults { fineTune ? .fineTuning : .training }

    func validate() throws {
        try checkOption(.epochs, epochs)
        try checkOption("--trials", trials, isIn: 1...SettingChoice.maximumTrialCount)
        try checkOption(
            "--reduction", reduction,
            isIn: SuccessiveHalving.factors.lowerBound...SuccessiveHalving.factors.upperBound)
        try checkOption("--minutes", minutes, "above 0, at most 525600 (a year)") {
            $0 > 0 && $0 <= 525_600
        }
        guard !tried.isEmpty else {
            throw ValidationError(
                "--try is missing: name a setting with the values to try, for example --try "
                    + "lr=0.01,0.03,0.1")
        }
        if minutes != nil, let count = try new.recipes(epochs: epochs).given.epochs {
            let words = epochs == nil ? "--set epochs=\(count)" : "--epochs"
            throw ValidationError(
                "--minutes and \(words) both give the full length; give one of them")
        }
        if !fineTune {
            if let option = (weights.namedOptions + tuning.given).first {
                throw ValidationError(
                    "\(option) goes with --fine-tune, which begins from a model's weights; add it, "
                        + "or leave \(option) out")
            }
            guard let name else {
                throw ValidationError(
                    "the network is missing: name one, for example wrn-16-4, or begin from a "
                        + "model's weights (--fine-tune)")
            }
            do {
                _ = try Zoo.network(named: weights.foreign.variant.name(of: name))
            } catch {
                throw ValidationError("\(error)")
            }
        }
        try checkTrials()
    }

    /// The values to try.
    func choices() throws -> [SettingChoice] {
        do {
            return try tried.map { try SettingChoice($0, source: Self.source) }
        } catch let error as TrainingError {
            throw ValidationError(
                error.message + (OptionAdvice.text(for: error).map { " (\($0))" } ?? ""))
        }
    }

    /// The settings of each trial.
    func combinations() throws -> [[TriedSetting]] {
        let choices = try choices()
        do {
            return try SettingChoice.trials(
                choices, count: trials, seed: new.seed ?? 1, source: Self.source)
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// Refuses values that are given by another option as well, or have no effect in a trial.
    private func checkTrials() throws {
        let given = try new.commandLineSettings(epochs: epochs)
        if let other = given.first(where: {
            $0.setting.name == TrainingSetting.validateEvery.name && $0.value != .number(1)
        }) {
            throw ValidationError(
                "\(other.words) would leave out epochs by whose validations trials are compared; "
                    + "leave it out")
        }
        for setting in try choices().map(\.setting) {
            let other =
                given.first { $0.setting.name == setting.name }?.words
                ?? tuning.given.first { $0 == setting.option }
            if let other {
                throw ValidationError(
                    "\(other) and --try both give \(setting.name); give one of them")
            }
            if setting.scope == .fineTuning, !fineTune {
                throw ValidationError(
                    "--try \(setting.name) has no effect: it acts in fine-tuning only; add "
                        + "--fine-tune, or leave it out")
            }
        }
        for trial in try combinations() {
            let options = new.adding(trial)
            let (_, given, recipe) = try options.recipes(epochs: epochs)
            for each in trial where TrainingSetting.named(each.name)?.isOfRecipes == true {
                let setting = try CommandLineSetting(
                    argument: each.argument, option: Self.source)
                try setting.checkActs(in: recipe, usualSchedule: defaults.schedule)
                if let decided = options.augmentation.decided(by: given) {
                    try setting.checkActs(with: decided)
                }
            }
            _ = try options.plan(epochs: epochs, defaults)
        }
    }

    func run() throws {
        try Workers.refuse("wrn tune")
        var command = self
        // What is not tried is the same for all trials: the paper's, and not what the settings of
        // each let photographs choose.
        command.new.recipe = new.recipe ?? Recipe.noneName
        // Trials are compared after any of their epochs, also by a recipe that leaves some out;
        // the command line has no other number (``checkTrials()``).
        let given = try new.commandLineSettings(epochs: epochs)
        if try new.recipes(epochs: epochs).both.validationInterval != nil,
            !given.contains(where: { $0.setting.name == TrainingSetting.validateEvery.name })
        {
            command.new.settings.append("\(TrainingSetting.validateEvery.name)=1")
        }
        try TuningJob(command: command, reporter: TrainingReporter(writesJSON: control.json)).run()
    }
}

extension NewRunOptions {
    /// The same options with the settings of recipes that a trial has.
    func adding(_ trial: [TriedSetting]) -> NewRunOptions {
        var options = self
        options.settings += trial.filter { TrainingSetting.named($0.name)?.isOfRecipes == true }
            .map(\.argument)
        return options
    }
}

extension WeightsOptions {
    /// The names of the options that were given, but for those of a network's variant.
    fileprivate var namedOptions: [String] {
        let all: [(String, Bool)] = [
            ("--weights", given != nil), ("--last", model == .last), ("--best", model == .best),
            ("--normalization", images.normalization != nil),
            ("--part", foreign.choice.part != nil), ("--ignore-extra", foreign.ignoreExtra),
        ]
        return all.filter(\.1).map(\.0)
    }
}

extension FineTuningOptions {
    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--freeze", freeze != nil), ("--frozen-statistics", frozenStatistics),
            ("--layer-decay", layerDecay != nil), ("--head-factor", headFactor != nil),
            ("--head-only-epochs", headOnlyEpochs != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The same options with the settings of fine-tuning that a trial has.
    func adding(_ trial: [TriedSetting]) -> FineTuningOptions {
        var options = self
        for each in trial {
            switch each.name {
            case TrainingSetting.freeze.name: options.freeze = each.value.word
            case TrainingSetting.frozenStatistics.name:
                options.frozenStatistics = each.value == .flag(true)
            case TrainingSetting.layerDecay.name: options.layerDecay = each.value.number
            case TrainingSetting.headFactor.name: options.headFactor = each.value.number
            case TrainingSetting.headOnlyEpochs.name:
                options.headOnlyEpochs = each.value.number.flatMap { Int(exactly: $0) }
            default: break
            }
        }
        return options
    }
}
