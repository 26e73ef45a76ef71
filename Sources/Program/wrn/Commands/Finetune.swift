// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNHub
import WRNModel
import WRNRuns
import WRNWorkers
import WRNZoo

/// `wrn finetune`: a new run that begins from a model's weights.
struct Finetune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Go on from a model's weights on other images.",
        usage: usageText(
            "wrn finetune [NAME] [--weights DIR|FILE] --data SOURCE [--run DIR] [options]"),
        discussion: """
            Images are prepared and normalised as the model's were. Where the data has other \
            classes than the model, the head, the layer of the logits, begins anew; all else is \
            taken from the weights. The run is like one of wrn train: it is kept in its \
            directory, Ctrl-C stops it, and wrn train --resume DIR goes on with it.

            Without --weights it begins from the bundled model, or, for photographs of 128 \
            pixels or more, from ImageNet's weights that 'wrn weights get' has fetched. The \
            number of epochs follows from the number of photographs, unless it or a recipe is \
            given. What was chosen is shown before training begins.
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
        help: ArgumentHelp(
            "The new directory in which the run is kept (default: runs/finetune-SOURCE, or the "
                + "first free one of runs/finetune-SOURCE-2, ...).",
            valueName: "dir"))
    var directory: String?

    @Option(
        help: ArgumentHelp(
            "How often to go through all images (default: 10, or the recipe's; of photographs by "
                + "their number, 10 to 80, and for ImageNet's networks 3 to 10)."))
    var epochs: Int?

    @OptionGroup var budget: TimeBudgetOption

    @Option(help: .folds)
    var folds: Int?

    @OptionGroup var control: RunControlOptions

    @OptionGroup var worker: WorkerOptions

    @OptionGroup(title: "What moves, and how fast") var tuning: FineTuningOptions

    @OptionGroup(title: "Options of a new run") var new: NewRunOptions

    func validate() throws {
        try checkOption(.epochs, epochs)
        try budget.check(epochs: epochs, new.recipes(epochs: epochs).given)
        try CrossValidation.check(folds, new, other: budget.minutes.map { _ in "--minutes" })
        if folds != nil, directory == nil { throw CrossValidation.directoryMissing("--folds") }
        let plan = try new.plan(epochs: epochs, .fineTuning)
        // The number of epochs that photographs choose is not known yet.
        let count = plan.recipe.epochs ?? TrainingConfiguration.maximumEpochCount
        try checkOption("--head-only-epochs", tuning.headOnlyEpochs, isIn: 0...count)
    }

    func run() throws {
        if folds != nil { try Workers.refuse("--folds") }
        if budget.minutes != nil { try Workers.refuse("--minutes") }
        let workers = try worker.join()
        guard workers.isFirst else { return try TrainingJob.follow(workers, control) }
        let reporter = TrainingReporter(writesJSON: control.json)
        let directory = directory ?? FreeDirectory("finetune", data: data).path
        // Weights that are named are checked before anything else is read.
        let named = weights.given == nil ? nil : try pretrained(weights, reporter)
        // Before a download that may take minutes; a cross-validation goes on in its directory.
        if folds == nil { try RunDirectory.checkAvailable(directory) }
        let files = try named.map { try new.fileOptions(for: $0.description) }
        var images = try NewRunImages(
            data, files: files ?? new.fileOptions(usualSize: Self.firstSize),
            exclusion: new.exclusion.list(), limit: new.limit, status: reporter.status)
        let start = try named.map { (weights: $0, choice: nil) } ?? choose(for: images, reporter)
        let side = imageSide(start.choice, start.weights)
        let prepared = try new.fileOptions(for: start.weights.description, side: side)
        if named == nil { images = try images.prepared(prepared) }
        let count = folds.map { CrossValidation.trainingCount(of: images, folds: $0) }
        let choice = try choice(start.choice, start.weights, side, images, count)
        if let folds {
            return try crossValidate(
                folds, directory, start.weights, prepared, choice, count, reporter)
        }
        var job = try TrainingJob.begin(
            at: { self.directory ?? FreeDirectory("finetune", data: data).path }, images,
            reporter: reporter
        ) { source, train, validation in
            try budget.configuration(
                epochs: epochs, train: train, validation: validation, threads: control.threads,
                reporter: reporter
            ) { epochs in
                try new.configuration(
                    start.weights, tuning: tuning, source: source, epochs: epochs, train: train,
                    validation: validation)
            }
        }
        job.workers = workers
        job.reading = start.weights.reading
        job.choice = choice
        job.advice = start.choice?.advice
        job.isPrecisionOpen = try new.isPrecisionOpen
        try job.finish(control, reporter: reporter)
    }

    /// `--folds N`: a run for each fold.
    private func crossValidate(
        _ count: Int, _ directory: String, _ pretrained: PretrainedModel,
        _ files: ImageFileOptions, _ choice: PhotographChoice?, _ photographCount: Int?,
        _ reporter: TrainingReporter
    ) throws {
        try CrossValidation(
            count: count, directory: directory, source: data, files: files,
            exclusion: new.exclusion.list(), limit: new.limit, control: control,
            reporter: reporter, reading: pretrained.reading,
            isPrecisionOpen: new.isPrecisionOpen, choice: choice
        ) { source, train, validation in
            try new.configuration(
                pretrained, tuning: tuning, source: source, epochs: epochs, train: train,
                validation: validation, photographCount: photographCount)
        }.run()
    }

    /// The size with which image files are listed before that of the weights is known.
    private static let firstSize = 32

    /// Reads weights, and refuses those that do not suit the options.
    private func pretrained(
        _ weights: WeightsOptions, _ reporter: TrainingReporter
    ) throws -> PretrainedModel {
        let pretrained = try weights.pretrained()
        try checkName(pretrained)
        try tuning.checkStage(of: pretrained)
        if let model = try weights.chosen() { reporter.say("Going on from \(model.sentence).") }
        return pretrained
    }

    /// Chooses weights by the images.
    private func choose(
        for images: NewRunImages, _ reporter: TrainingReporter
    ) throws -> (weights: PretrainedModel, choice: StartingWeights?) {
        let files = images.train as? ImageFiles
        if let files { try PhotographDefaults.check(files) }
        // Settings of the hub that are wrong matter to those who name weights of it.
        let hub = try? WeightsHub()
        let choice = StartingWeights(
            medianSide: try files.map { try ImageSizeSample(of: $0).medianSide },
            network: try name.map { try networkName($0) },
            isHere: { entry in hub.map { $0.place(of: entry) != nil } ?? false })
        var weights = weights
        weights.given = choice.name
        return (try pretrained(weights, reporter), choice)
    }

    /// The side of the images that photographs choose together with their weights; nil where
    /// weights or size are given, and for networks that are for one size.
    private func imageSide(_ start: StartingWeights?, _ weights: PretrainedModel) -> Int? {
        guard new.imageSize == nil, new.recipe == nil, let medianSide = start?.medianSide,
            let usual = try? Zoo.network(named: weights.description.architecture).usualImageSize,
            usual < PhotographDefaults.imageNetSide
        else { return nil }
        return PhotographDefaults.imageSide(medianSide: medianSide, usualSide: usual)
    }

    /// The settings that photographs choose; nil for other images, and where there are none.
    private func choice(
        _ start: StartingWeights?, _ weights: PretrainedModel, _ side: Int?,
        _ images: NewRunImages, _ photographCount: Int?
    ) throws -> PhotographChoice? {
        guard let files = images.train as? ImageFiles else { return nil }
        var choice = PhotographChoice(count: photographCount ?? files.count)
        if let start {
            choice.medianSide = start.medianSide
            choice.add("weights", start.name, start.rule)
        }
        if let side { choice.addImageSize(side) }
        let architecture = weights.description.architecture
        if let defaults = new.photographs(
            .fineTuning, files, network: architecture, count: photographCount)
        {
            let given = try new.recipes(epochs: epochs).given
            choice.add(defaults, given: given, isTimed: budget.minutes != nil)
            choice.add(new.augmentation, given: given)
        }
        return choice.isEmpty ? nil : choice
    }

    private func networkName(_ name: String) throws -> String {
        do {
            return try Zoo.network(named: name).name
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Refuses weights of another network than the one that is named.
    private func checkName(_ weights: PretrainedModel) throws {
        guard let name else { return }
        let wanted = try networkName(name)
        guard wanted != weights.description.architecture else { return }
        throw ValidationError(
            "\(weights.source) holds the weights of \(weights.description.architecture), not of "
                + "\(wanted); name the file of a \(wanted), or leave the network out")
    }
}
