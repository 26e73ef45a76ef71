// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNGraph
import WRNRuns
import WRNWorkers
import WRNZoo

/// `wrn train`: a new run, or the rest of one.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network on a data set, or go on with a run.",
        usage: usageText(
            """
            wrn train [NAME] --data SOURCE [--run DIR] [options]
            wrn train NAME --data SOURCE --run DIR --seeds N [options]
            wrn train NAME --data SOURCE --run DIR --folds N [options]
            wrn train NAME --data SOURCE --overfit N [options]
            wrn train --resume DIR [--epochs N] [--data SOURCE] [--skip-broken] [--threads N] \
            [--checkpoint-every STEPS|TIME] [--json]
            """),
        discussion: """
            The run's directory holds config.json, metrics.jsonl (one line of JSON for each \
            epoch), processes.jsonl (one for each process), model.safetensors, best.safetensors \
            (the model of the best epoch), checkpoints, event files for TensorBoard and, when it \
            is finished, report.html. Ctrl-C stops between two steps, after saving; once more, at \
            once. A run that was stopped or killed goes on with --resume, and ends with the same \
            weights as one that was not. The weights do not depend on the number of threads \
            either. With --resume, --data gives the new place of the same images, and \
            --skip-broken leaves files out that cannot be read.

            Photographs, a folder or an archive of image files, choose what is not given: \
            the network (wrn-16-2), the size of the images, the epochs, the batch and the recipe, by \
            rules that are shown before training begins. With --recipe they choose none of these.

            Image files are decoded before a run is created, up to 1 GiB of each split, so that a \
            broken one is named at once. A run without a saved step is replaced by the next \
            command that names its directory.
            """)

    @Argument(help: "The network, for example wrn-16-4 (default for photographs: wrn-16-2).")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "The new directory in which the run is kept (default: runs/NAME-SOURCE, or the first "
                + "free one of runs/NAME-SOURCE-2, ...).",
            valueName: "dir"))
    var directory: String?

    @Option(help: ArgumentHelp("Go on with the run in this directory.", valueName: "dir"))
    var resume: String?

    @Option(
        help: ArgumentHelp(
            "How often to go through all images (default: 200, or the recipe's; of photographs "
                + "by their number, 20 to 100; of a resumed run: as begun).")
    )
    var epochs: Int?

    @OptionGroup var budget: TimeBudgetOption

    @Option(
        help: ArgumentHelp(
            "Train so many runs, of as many seeds, in DIR/seed-1 and so on; print the median, and "
                + "the paper's figure. The same command goes on where it was stopped.",
            valueName: "n"))
    var seeds: Int?

    @Option(help: .folds)
    var folds: Int?

    @Option(
        help: ArgumentHelp(
            "Only see whether the network can learn the first N training images by heart, which "
                + "every sound setup can; nothing is kept.",
            valueName: "n"))
    var overfit: Int?

    @OptionGroup var control: RunControlOptions

    @OptionGroup var worker: WorkerOptions

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    @OptionGroup(title: "Options of a new run") var new: NewRunOptions

    /// The options of a new run that one that goes on takes, too.
    private static let resumable = ["--skip-broken", "--class-map", "--exclude"]

    func validate() throws {
        try checkOption(.epochs, epochs)
        try budget.check(epochs: epochs, new.recipes(epochs: epochs).given)
        if budget.minutes != nil,
            let other = seeds.map({ _ in "--seeds" }) ?? folds.map({ _ in "--folds" })
                ?? overfit.map({ _ in "--overfit" }) ?? resume.map({ _ in "--resume" })
        {
            throw ValidationError(
                "--minutes gives one new run its number of epochs, so it cannot be given with "
                    + "\(other); give --epochs")
        }
        try checkOption("--seeds", seeds, isIn: 1...1000)
        if resume == nil {
            try CrossValidation.check(
                folds, new,
                other: seeds.map { _ in "--seeds" } ?? overfit.map { _ in "--overfit" })
        }
        let seed = new.seed ?? 1
        guard seed.addingReportingOverflow(UInt64(seeds ?? 0)).overflow == false else {
            throw ValidationError(
                "--seeds \(seeds ?? 0) from --seed \(seed) on goes beyond the largest seed; begin "
                    + "lower"
            )
        }
        try checkOption("--overfit", overfit, isIn: 1...100_000)
        if overfit != nil,
            let other = directory.map({ _ in "--run" }) ?? seeds.map({ _ in "--seeds" })
        {
            throw ValidationError("--overfit keeps nothing, so \(other) makes no sense with it")
        }
        if resume != nil {
            let others = [
                (name.map { "the network \($0)" }),
                directory.map { _ in "--run" }, seeds.map { _ in "--seeds" },
                folds.map { _ in "--folds" }, overfit.map { _ in "--overfit" },
            ]
            let refused = variant.given + new.given.filter { !Self.resumable.contains($0) }
            guard let other = (others.compactMap(\.self) + refused).first else { return }
            throw ValidationError(
                "--resume goes on with a run as it was begun, so \(other) cannot be given with it; "
                    + "only --epochs, --data, --class-map and --exclude (where the same files have "
                    + "moved), --skip-broken, --threads, --checkpoint-every, --keep-checkpoints, "
                    + "--log-every, --no-report and --json can"
            )
        }
        _ = try newRun()
        try new.checkPlan(epochs: epochs, mayBePhotographs: !DataSource.isKnown(data ?? ""))
    }

    func run() throws {
        for (option, value) in [("--overfit", overfit), ("--seeds", seeds), ("--folds", folds)]
        where value != nil {
            try Workers.refuse(option)
        }
        if budget.minutes != nil { try Workers.refuse("--minutes") }
        let reporter = TrainingReporter(writesJSON: control.json)
        if let overfit { return try rehearse(overfit, reporter) }
        if let seeds { return try trainSeeds(seeds, reporter) }
        if let folds { return try crossValidate(folds, reporter) }
        let workers = try worker.join()
        guard workers.isFirst else { return try TrainingJob.follow(workers, control) }
        var job = try job(reporter)
        job.workers = workers
        try job.finish(control, reporter: reporter)
    }

    /// `--folds N`: a run for each fold.
    private func crossValidate(_ count: Int, _ reporter: TrainingReporter) throws {
        let wanted = try newRun()
        let (images, choice) = try images(of: wanted, reporter)
        // The epochs are the same for all folds, whose numbers of images differ by a few.
        let photographCount = CrossValidation.trainingCount(of: images, folds: count)
        try CrossValidation(
            count: count, directory: wanted.directory, source: wanted.data,
            files: (images.train as? ImageFiles)?.options
                ?? new.fileOptions(usualSize: wanted.usualImageSize),
            exclusion: new.exclusion.list(), limit: new.limit, control: control,
            reporter: reporter, isPrecisionOpen: new.isPrecisionOpen, choice: choice
        ) { source, train, validation in
            try new.configuration(
                network: wanted.network, source: source, epochs: epochs, train: train,
                validation: validation, photographCount: photographCount)
        }.run()
    }

    private func job(_ reporter: TrainingReporter) throws -> TrainingJob {
        if let resume {
            return try TrainingJob.resume(
                resume,
                TrainingJob.Changes(
                    epochs: epochs, data: data, classMap: new.files.classMap,
                    exclude: new.exclusion.exclude, skipsBroken: new.skipBroken),
                reporter: reporter)
        }
        let wanted = try newRun()
        // Before a download that may take minutes.
        try RunDirectory.checkAvailable(wanted.directory)
        let (images, choice) = try images(of: wanted, reporter)
        var job = try TrainingJob.begin(
            at: { directory ?? FreeDirectory(wanted.network, data: wanted.data).path }, images,
            reporter: reporter
        ) { source, train, validation in
            try budget.configuration(
                epochs: epochs, train: train, validation: validation, threads: control.threads,
                reporter: reporter
            ) { epochs in
                try new.configuration(
                    network: wanted.network, source: source, epochs: epochs, train: train,
                    validation: validation)
            }
        }
        job.choice = choice
        job.isPrecisionOpen = try new.isPrecisionOpen
        return job
    }

    /// The images of a new run, image files in the size that suits them, and what they chose.
    func images(
        of wanted: NewRun, _ reporter: TrainingReporter
    ) throws -> (NewRunImages, PhotographChoice?) {
        let read = try NewRunImages(
            wanted.data, files: new.fileOptions(usualSize: wanted.usualImageSize),
            exclusion: new.exclusion.list(), limit: new.limit, status: reporter.status)
        return try new.suited(
            read, network: name.map { _ in wanted.network }, epochs: epochs,
            isTimed: budget.minutes != nil,
            photographCount: folds.map { CrossValidation.trainingCount(of: read, folds: $0) })
    }

    /// The parts of a new run.
    struct NewRun {
        /// The network's name, that for photographs where none is given.
        let network: String
        let usualImageSize: Int
        let data: String
        let directory: String
    }

    /// The parts of a new run; an invalid network is refused before anything is read.
    func newRun() throws -> NewRun {
        if name == nil, !variant.given.isEmpty || data.map(DataSource.isKnown) ?? true {
            throw ValidationError(
                "the network is missing: name one, for example wrn-16-4, or go on with a run "
                    + "(--resume DIR)"
            )
        }
        let (network, usualImageSize): (String, Int)
        do {
            network = try variant.name(of: name ?? PhotographDefaults.network)
            usualImageSize = try Zoo.network(named: network, dropout: new.dropout ?? 0)
                .usualImageSize
        } catch {
            throw ValidationError("\(error)")
        }
        guard let data else {
            throw ValidationError(
                "--data is missing: name a data set "
                    + "(\(DataSource.knownNames.joined(separator: ", "))) or the path of one")
        }
        if directory == nil,
            let option = seeds.map({ _ in "--seeds" }) ?? folds.map({ _ in "--folds" })
        {
            throw CrossValidation.directoryMissing(option)
        }
        return NewRun(
            network: network, usualImageSize: usualImageSize, data: data,
            directory: directory
                ?? (overfit == nil ? FreeDirectory(network, data: data).path : ""))
    }
}
