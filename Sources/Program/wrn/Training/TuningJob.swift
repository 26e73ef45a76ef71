// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNModel
import WRNPlan
import WRNReport
import WRNRuns
import WRNText
import WRNTraining
import WRNZoo

/// The work of `wrn tune`: the plan, the trials rung by rung, and the table.
struct TuningJob {
    let command: Tune
    let reporter: TrainingReporter

    /// The folds of which the first is held out where the data have no validation images.
    private static let foldCount = 10
    /// The most trials whose epochs are measured.
    private static let measuredCount = 4
    /// The epochs of the configurations that are measured: enough for every schedule and warm-up.
    private static let measuredEpochs = 1000

    /// The images, and what makes a trial's configuration.
    private struct Material {
        let train: any ImageSet
        let validation: any ImageSet
        let fold: ImageFold?
        /// The configuration of a run of so many epochs with these settings.
        let configuration: ([TriedSetting], _ epochs: Int?) throws -> TrainingConfiguration
    }

    func run() throws {
        let pretrained = command.fineTune ? try command.weights.pretrained() : nil
        if let pretrained { try command.tuning.checkStage(of: pretrained) }
        let request = try request(pretrained)
        let begun = try TuningDirectory.open(at: command.directory, request)
        let material = try material(pretrained, fold: begun?.plan.fold)
        if let begun { try checkTrials(of: begun, material) }
        let tuning = try begun ?? begin(request, material)
        announce(tuning, material, isResumed: begun != nil)
        for trial in tuning.interruptedTrials {
            // Opening the run repairs what the kill has left, before its record counts.
            _ = try trainer(member(trial, in: tuning, material))
        }
        Interruption.listen(saying: Interruption.Notice.saving)
        let pace = TuningPace(
            epochs: tuning.plan.halving.totalEpochs
                - tuning.results().map(\.epochs).reduce(0, +))
        do {
            try tuning.plan.halving.run(tuning.plan.trials) { trial, rung in
                try train(trial, rung: rung, in: tuning, material, pace)
            }
        } catch is Stopped {
            try tuning.save()
            reporter.tell(TuningLine.Stopped(directory: tuning.path))
            reporter.say(
                "Stopped; all of it is saved. The same command again goes on with the tuning.")
            throw ExitCode(ExitReport.Code.interrupted)
        }
        try finish(tuning, material)
    }

    /// Refuses trials that were begun on other images or with other settings.
    private func checkTrials(of tuning: TuningDirectory, _ material: Material) throws {
        for trial in tuning.plan.trials where RunDirectory.holdsRun(tuning.run(of: trial)) {
            let directory = tuning.run(of: trial)
            try TrainingJob.checkSame(
                RunRecord(readingFrom: directory).trainingConfiguration(),
                as: material.configuration(trial.settings, tuning.plan.halving.epochs), directory,
                ignoring: command.new.skipBroken ? [TrainingSetting.skipBroken.name] : [])
        }
    }

    /// The end of the work by a signal.
    private struct Stopped: Error {}

    // MARK: The plan

    private func request(_ pretrained: PretrainedModel?) throws -> TuningPlan.Request {
        let choices = try command.choices().map { choice in
            switch choice.values {
            case .list(let list):
                "\(choice.setting.name)=" + list.map(\.word).joined(separator: ",")
            case .range(let range):
                "\(choice.setting.name)=\(range.lowerBound)...\(range.upperBound)"
            }
        }
        let network: String
        if let pretrained {
            network = pretrained.description.architecture
            if let name = command.name, try Zoo.network(named: name).name != network {
                throw ValidationError(
                    "\(pretrained.source) holds the weights of \(network), not of \(name); name "
                        + "the file of a \(name), or leave the network out")
            }
        } else {
            network = try command.weights.foreign.variant.name(of: command.name ?? "")
        }
        return TuningPlan.Request(
            network: network, data: TrainingJob.lastingName(of: command.data),
            weights: pretrained.map { "\($0.source)" }, choices: choices, trials: command.trials,
            epochs: command.epochs, minutes: command.minutes, factor: command.reduction,
            metric: command.metric, seed: command.new.seed ?? 1)
    }

    /// Reads the images; of data without validation images a fold is held out.
    private func material(_ pretrained: PretrainedModel?, fold begun: ImageFold?) throws -> Material
    {
        let new = command.new
        let files: ImageFileOptions
        let network: String
        if let pretrained {
            network = pretrained.description.architecture
            files = try new.fileOptions(for: pretrained.description)
        } else {
            network = try command.weights.foreign.variant.name(of: command.name ?? "")
            files = new.fileOptions(usualSize: try Zoo.network(named: network).usualImageSize)
        }
        let exclusion = try new.exclusion.list()
        let source = DataSource(command.data, options: files).excluding(exclusion)
        var fold = begun
        var (train, validation) = try TrainingJob.images(
            source.folded(fold), limit: new.limit, reporter: reporter)
        if fold == nil, validation.split != .validation {
            fold = ImageFold(number: 1, count: Self.foldCount, seed: files.seed)
            (train, validation) = try TrainingJob.images(
                source.folded(fold), limit: new.limit, reporter: reporter)
        }
        let (name, held) = (TrainingJob.lastingName(of: command.data), fold)
        return Material(train: train, validation: validation, fold: fold) { settings, epochs in
            let options = new.adding(settings)
            let configuration =
                if let pretrained {
                    try options.configuration(
                        pretrained, tuning: command.tuning.adding(settings), source: name,
                        epochs: epochs, train: train, validation: validation)
                } else {
                    try options.configuration(
                        network: network, source: name, epochs: epochs, train: train,
                        validation: validation)
                }
            return configuration.excluding(exclusion).folded(held)
        }
    }

    /// Plans a new tuning, checks its trials and the images, and creates its directory.
    private func begin(
        _ request: TuningPlan.Request, _ material: Material
    ) throws -> TuningDirectory {
        let trials = try command.combinations()
        let halving = try halving(trials, material)
        for settings in trials {
            try material.configuration(settings, halving.epochs).validate()
        }
        try TrainingJob.checkFiles(
            [material.train, material.validation],
            of: material.configuration(trials[0], halving.epochs), reporter)
        return try TuningDirectory.create(
            at: command.directory,
            TuningPlan(request, halving: halving, fold: material.fold, settings: trials))
    }

    private func halving(
        _ trials: [[TriedSetting]], _ material: Material
    ) throws -> SuccessiveHalving {
        guard let minutes = command.minutes else {
            let epochs = try command.new.plan(epochs: command.epochs, command.defaults).epochs
            return SuccessiveHalving(
                trials: trials.count, epochs: epochs, factor: command.reduction)
        }
        Interruption.listen(saying: Interruption.Notice.discarding)
        defer { reporter.status.clear() }
        let count = min(Self.measuredCount, trials.count)
        let times = try (0..<count).map { place in
            reporter.status.show("measuring the time of an epoch, \(place + 1) of \(count)")
            return try EpochTime.measure(
                material.configuration(
                    trials[place * trials.count / count], Self.measuredEpochs),
                train: material.train, validation: material.validation,
                device: .cpu(threads: command.control.threads),
                seconds: min(max(60 * minutes / 100 / Double(count), 0.25), 2),
                isCancelled: { Interruption.isRequested })
        }
        let halving = try EpochTime.halving(
            of: trials.count, factor: command.reduction, inMinutes: minutes, times: times)
        let seconds = EpochTime.seconds(of: halving, times: times)
        let mean = seconds / Double(halving.totalEpochs)
        let sentence =
            "An epoch takes about \(Numbers.duration(mean, decimals: 1)) here: "
            + "\(Numbers.counted(halving.totalEpochs, "epoch")) of all trials, about "
            + "\(Numbers.duration(seconds)), fit in "
            + "\(Numbers.duration(60 * minutes)); --epochs \(halving.epochs) repeats the tuning "
            + "anywhere."
        reporter.status.clear()
        TrainingJob.say([sentence], reporter)
        return halving
    }

    private func announce(_ tuning: TuningDirectory, _ material: Material, isResumed: Bool) {
        let plan = tuning.plan
        let (train, validation) = (material.train, material.validation)
        var sentences = [
            "\(plan.request.network) on \(command.data): "
                + "\(Numbers.counted(plan.trials.count, "trial")), each with "
                + "\(Numbers.grouped(train.count)) training and "
                + "\(Numbers.grouped(validation.count)) validation images of "
                + "\(train.channels)x\(train.height)x\(train.width)"
        ]
        if let fold = plan.fold {
            sentences.append(
                "The data has no validation images: 1 of \(fold.count) training images, drawn by "
                    + "classes, is held out to compare the trials, and test images have no part.")
        }
        let rungs = plan.halving.rungs.map { rung in
            "\(Numbers.counted(rung.trials, "trial")) up to epoch \(Numbers.grouped(rung.epochs))"
        }
        sentences.append(
            "\(rungs.joined(separator: ", then the best ")): "
                + "\(Numbers.counted(plan.halving.totalEpochs, "epoch")) in all; trials are "
                + "compared by the validation \(plan.request.metric.text) and kept in "
                + "\(tuning.path)")
        if isResumed { sentences.append("Going on with the tuning.") }
        if let report = (train as? ImageFiles)?.report {
            sentences = DataNotes.lines(report, source: command.data) + sentences
        }
        let warnings = ClassBalance(of: train).warnings
        TrainingJob.say(sentences + warnings.map { "warning: " + $0 }, reporter)
        reporter.tell(TuningLine.Start(directory: tuning.path, plan: plan, warnings: warnings))
    }

    // MARK: Trials

    /// Trains a trial up to the epochs of a rung; nil for one whose loss explodes.
    private func train(
        _ trial: TuningPlan.Trial, rung: Int, in tuning: TuningDirectory, _ material: Material,
        _ pace: TuningPace
    ) throws -> TrialScore? {
        if trial.failure != nil || tuning.plan.trials[trial.number - 1].failure != nil {
            return nil
        }
        if let score = try tuning.score(of: trial, atRung: rung) { return score }
        if Interruption.isRequested { throw Stopped() }
        let halving = tuning.plan.halving
        do {
            try train(
                trial, to: halving.rungs[rung].epochs,
                title: "rung \(rung + 1)/\(halving.rungs.count), trial \(trial.number)", pace,
                member(trial, in: tuning, material))
        } catch let error as TrainingError where error.code == .diverged {
            try tuning.fail(trial, error.message)
            TrainingJob.say(
                ["trial \(trial.number)  \(trial.text)  diverged: \(error.message)"], reporter)
            reporter.tell(
                TuningLine.Trial(trial, rung: rung, run: tuning.run(of: trial), score: nil))
            return nil
        }
        guard let score = try tuning.score(of: trial, atRung: rung) else { throw Stopped() }
        let record = try RunRecord(readingFrom: tuning.run(of: trial))
        reporter.say(
            """
            rung \(rung + 1)/\(halving.rungs.count)  trial \(trial.number)  \(trial.text)  \
            \(TuningReport.figure(score, tuning.plan.request.metric))  \
            \(Numbers.duration(record.seconds))
            """)
        reporter.tell(
            TuningLine.Trial(trial, rung: rung, run: tuning.run(of: trial), score: score))
        try tuning.save()
        return score
    }

    /// The run of a trial, which begins where there is none.
    private func member(
        _ trial: TuningPlan.Trial, in tuning: TuningDirectory, _ material: Material
    ) throws -> TrainingJob {
        try TrainingJob.member(
            at: tuning.run(of: trial),
            material.configuration(trial.settings, tuning.plan.halving.epochs),
            train: material.train, validation: material.validation, reporter: reporter)
    }

    private func trainer(_ job: TrainingJob) throws -> Trainer {
        let device = Device.cpu(threads: command.control.threads)
        do {
            let trainer = try Trainer(
                job.run, train: job.train, validation: job.validation, device: device,
                checkpoints: command.control.checkpoints,
                environment: .current(program: "wrn \(Version.text)", device: device),
                stepInterval: command.control.logEvery)
            reporter.reportDamage(of: job.run)
            return trainer
        } catch {
            reporter.reportDamage(of: job.run)
            job.run.discardIfUnused()
            throw error
        }
    }

    private func train(
        _ trial: TuningPlan.Trial, to epochs: Int, title: String, _ pace: TuningPace,
        _ job: TrainingJob
    ) throws {
        let trainer = try trainer(job)
        defer { reporter.status.clear() }
        try BrokenFileError.advising(
            "leave such files out with --skip-broken", unless: command.new.skipBroken
        ) {
            _ = try trainer.train(
                pausingAfterEpoch: epochs,
                report: { event in
                    switch event {
                    case .step(let progress):
                        reporter.show(
                            ProgressBar(
                                title: "\(title), epoch \(progress.epoch)/\(epochs)",
                                fraction: Double(progress.batch)
                                    / Double(progress.batchesPerEpoch),
                                figures: [
                                    pace.words(
                                        Double(progress.batch)
                                            / Double(progress.batchesPerEpoch)),
                                    "loss \(Numbers.fixed(progress.meanLoss, decimals: 4))",
                                    "accuracy \(Numbers.percent(progress.accuracy))",
                                ]))
                    case .epoch(let record):
                        pace.epochs += 1
                        reporter.tell(
                            TuningLine.Epoch(trial: trial.number, record: record))
                        reporter.sayAfterSilence(
                            "\(title), epoch \(record.epoch)/\(epochs)  \(pace.words(0))")
                    case .leftOut: reporter.report(event, of: job.run.configuration)
                    case .evaluation, .saved: break
                    }
                },
                until: { Interruption.isRequested })
        }
    }

    // MARK: The end

    private func finish(_ tuning: TuningDirectory, _ material: Material) throws {
        try tuning.save()
        let report = TuningReport(
            plan: tuning.plan, results: tuning.results(), directory: tuning.path)
        try tuning.write(table: report.text(width: TextWidth(columns: 100, isFixed: false)))
        guard let best = report.best else {
            reporter.tell(TuningLine.Result(report: report))
            let sentence =
                "the loss of all \(Numbers.counted(tuning.plan.trials.count, "trial")) exploded "
                + "(\(tuning.path)/\(TuningDirectory.tableName)); try lower learning rates"
            StandardError.write("wrn: error: \(sentence)\n")
            throw ExitCode(ExitReport.Code.failure)
        }
        let run = tuning.path.hasSuffix("/") ? tuning.path + best.run : "\(tuning.path)/\(best.run)"
        if command.control.report {
            Interruption.listen(saying: Interruption.Notice.discarding)
            defer { reporter.status.clear() }
            try RunReport.write(
                of: run, images: material.validation,
                device: .cpu(threads: command.control.threads),
                progress: { done, total in
                    reporter.status.show(
                        "report: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
                },
                isCancelled: { Interruption.isRequested })
            reporter.status.clear()
        }
        reporter.say("\n\(report.display(width: Terminal().textWidth))", terminator: "")
        let end =
            "The figures of the best of several trials are too good: measure the model on images "
            + "that had no part. It is \(run)/model.safetensors; try:"
        reporter.say("")
        TrainingJob.say([end], reporter)
        reporter.say(
            """
              \(Invocation.program) evaluate --weights \(shellWord(run)) --data \
            \(shellWord(command.data))
            """)
        reporter.tell(TuningLine.Result(report: report))
    }
}
