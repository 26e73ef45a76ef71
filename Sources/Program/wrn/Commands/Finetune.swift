// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNModel
import WRNRuns
import WRNZoo

/// `wrn finetune`: a new run that begins from a model's weights.
struct Finetune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on from a model's weights on other images.",
        usage: "wrn finetune [NAME] [--weights DIR|FILE] --data SOURCE --run DIR [options]",
        discussion: """
            Images are prepared and normalised as the model's were. Where the data has other \
            classes than the model, the head, the layer of the logits, begins anew; all else is \
            taken from the weights. The run is like one of wrn train: it is kept in its \
            directory, Ctrl-C stops it, and wrn train --resume DIR goes on with it.
            """)

    @Argument(
        help: "The network that the weights must be of; leave it out to take what they are of.")
    var name: String?

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The new directory in which the run is kept.", valueName: "dir"))
    var directory: String

    @Option(help: "How often to go through all images (default: 10, or the recipe's).")
    var epochs: Int?

    @OptionGroup var budget: TimeBudgetOption

    @Option(help: .folds)
    var folds: Int?

    @OptionGroup var control: RunControlOptions

    @OptionGroup(title: "What moves, and how fast") var tuning: FineTuningOptions

    @OptionGroup(title: "Options of a new run") var new: NewRunOptions

    func validate() throws {
        try checkOption(.epochs, epochs)
        try budget.check(epochs: epochs, new.recipes(epochs: epochs).given)
        try CrossValidation.check(folds, new, other: budget.minutes.map { _ in "--minutes" })
        let count = try new.plan(epochs: epochs, .fineTuning).epochs
        try checkOption("--head-only-epochs", tuning.headOnlyEpochs, isIn: 0...count)
    }

    func run() throws {
        let reporter = TrainingReporter(writesJSON: control.json)
        let pretrained = try weights.pretrained()
        try checkName(pretrained)
        try tuning.checkStage(of: pretrained)
        if let model = try weights.chosen() { reporter.say("Going on from \(model.sentence).") }
        if let folds { return try crossValidate(folds, pretrained, reporter) }
        var job = try TrainingJob.begin(
            at: directory, source: data, files: new.fileOptions(for: pretrained.description),
            exclusion: new.exclusion.list(), limit: new.limit, reporter: reporter
        ) { source, train, validation in
            try budget.configuration(
                epochs: epochs, train: train, validation: validation, threads: control.threads,
                reporter: reporter
            ) { epochs in
                try new.configuration(
                    pretrained, tuning: tuning, source: source, epochs: epochs, train: train,
                    validation: validation)
            }
        }
        job.reading = pretrained.reading
        job.isPrecisionOpen = try new.plan(epochs: epochs, .fineTuning).isPrecisionOpen
        try job.finish(control, reporter: reporter)
    }

    /// `--folds N`: a run for each fold.
    private func crossValidate(
        _ count: Int, _ pretrained: PretrainedModel, _ reporter: TrainingReporter
    ) throws {
        try CrossValidation(
            count: count, directory: directory, source: data,
            files: new.fileOptions(for: pretrained.description),
            exclusion: new.exclusion.list(), limit: new.limit, control: control,
            reporter: reporter, reading: pretrained.reading,
            isPrecisionOpen: new.plan(epochs: epochs, .fineTuning).isPrecisionOpen
        ) { source, train, validation in
            try new.configuration(
                pretrained, tuning: tuning, source: source, epochs: epochs, train: train,
                validation: validation)
        }.run()
    }

    /// Refuses weights of another network than the one that is named.
    private func checkName(_ weights: PretrainedModel) throws {
        guard let name else { return }
        let wanted: String
        do {
            wanted = try Zoo.network(named: name).name
        } catch {
            throw ValidationError("\(error)")
        }
        guard wanted != weights.description.architecture else { return }
        throw ValidationError(
            "\(weights.source) holds the weights of \(weights.description.architecture), not of "
                + "\(wanted); name the file of a \(wanted), or leave the network out")
    }
}
