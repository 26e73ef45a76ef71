// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNReport
import WRNRuns
import WRNTensor
import WRNText
import WRNTraining
import WRNWorkers

/// A run with its images, for `wrn train`, `wrn finetune` and `wrn demo`.
struct TrainingJob {
    let run: RunDirectory
    let train: any ImageSet
    let validation: any ImageSet
    /// The record of what was read and assumed of another program's weights that the run begins
    /// from.
    var reading: WeightsReading?
    /// Whether the run is a new one whose precision is the default, which nothing chose.
    var isPrecisionOpen = false
    /// The settings that photographs chose for a new run; nil for none.
    var choice: PhotographChoice?
    /// A sentence on better weights to begin from; nil for none.
    var advice: String?
    /// The processes that train the run together.
    var workers: any WorkerGroup = SoloWorker()
    /// Whether the run is one of several that the same command goes on with.
    var isOneOfSeveral = false

    /// Trains a run that worker 0 begins or resumes, as one of the other workers.
    ///
    /// - Parameter workers: The processes, of which this is not the first one.
    static func follow(_ workers: any WorkerGroup, _ control: RunControlOptions) throws {
        let reporter = TrainingReporter(writesJSON: false, isSilent: true)
        let run = try RunDirectory.shared(nil, in: workers)
        let configuration = run.configuration
        let source = try DataSource(
            configuration.data.source, options: configuration.fileOptions
        ).excluding(configuration.exclusion(at: nil)).folded(configuration.data.fold)
        let (train, validation) = try images(
            source, limit: configuration.data.limit, reporter: reporter)
        let job = TrainingJob(run: run, train: train, validation: validation, workers: workers)
        try job.train(
            threads: control.threads, checkpoints: control.checkpoints, reporter: reporter)
        try Workers.leave()
    }

    /// Trains to the end, writes the report, and proposes a command for the model.
    func finish(_ control: RunControlOptions, reporter: TrainingReporter) throws {
        try train(
            threads: control.threads, checkpoints: control.checkpoints,
            stepInterval: control.logEvery, reporter: reporter)
        try Workers.leave()
        let report =
            control.report ? try writeReport(threads: control.threads, reporter) : nil
        let record = try RunRecord(readingFrom: run.path)
        let accuracy = record.final?.validationAccuracy.map { Numbers.percent($0) } ?? "-"
        let best =
            record.earlyStopping == nil ? "" : record.best.map { ", of epoch \($0.epoch)" } ?? ""
        reporter.say(
            """
            Finished after \(Numbers.counted(record.records.count, "epoch"))\(best): \
            \(run.configuration.data.evaluatedSplit.adjective) accuracy \(accuracy).
            The model is \(run.modelFile)\(report.map { ", the report \($0)" } ?? ""). Try:
              \(Invocation.program) evaluate --weights \(shellWord(run.path)) --data \
            \(shellWord(run.configuration.data.source))
            """)
    }

    /// Writes the report; the run is complete even if that is cancelled.
    private func writeReport(threads: Int?, _ reporter: TrainingReporter) throws -> String {
        // The run is saved; a signal now only prevents the report.
        Interruption.listen(saying: Interruption.Notice.discarding)
        defer { reporter.status.clear() }
        return try RunReport.write(
            of: run.path, images: validation, device: .cpu(threads: threads),
            progress: { done, total in
                reporter.status.show(
                    "report: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
            },
            isCancelled: { Interruption.isRequested })
    }

    /// Trains and reports the events.
    ///
    /// Ctrl-C ends it between two steps, with everything saved; a second one ends it at once.
    @discardableResult
    func train(
        threads: Int?, checkpoints: CheckpointPolicy, stepInterval: Int? = nil,
        reporter: TrainingReporter
    ) throws -> Trainer.Outcome {
        let device = Device.cpu(threads: threads)
        defer { reporter.status.clear() }
        let trainer: Trainer
        let time: RunTime?
        do {
            // What one process measures says little about several.
            time = workers.size == 1 ? try expectedTime(device, reporter) : nil
            // The others read their images at the same time as this one its own.
            if workers.isFirst { _ = try RunDirectory.shared(run, in: workers) }
            reporter.status.show("checking the images and the run")
            trainer = try Trainer(
                run, train: train, validation: validation, device: device,
                checkpoints: checkpoints,
                environment: .current(program: "wrn \(Version.text)", device: device),
                stepInterval: stepInterval, group: workers)
            if Interruption.isRequested { throw CancellationError() }
        } catch {
            reporter.reportDamage(of: run)
            run.discardIfUnused()
            throw error
        }
        reporter.status.clear()
        reporter.reportDamage(of: run)
        let configuration = run.configuration
        try announce(trainer, device, time, reporter)
        Interruption.listen(saying: workers.isFirst ? Interruption.Notice.saving : nil)
        let outcome = try BrokenFileError.advising(
            isOneOfSeveral
                ? "leave such files out with the same command and --skip-broken"
                : "leave such files out with 'wrn train --resume \(shellWord(run.path)) "
                    + "--skip-broken'",
            unless: configuration.data.files?.skipsBroken ?? true
        ) {
            try trainer.train(
                report: { event in
                    reporter.report(event, of: configuration)
                    if case .epoch = event, let files = train as? ImageFiles {
                        Self.say(
                            files.remarks.newSentences().map { "warning: " + $0 }, reporter)
                    }
                },
                until: { Interruption.isRequested })
        }
        reporter.status.clear()
        var end = TrainingLine.End(
            event: "finished", step: trainer.position.step, model: run.modelFile)
        switch outcome {
        case .finished:
            reporter.tell(end)
        case .finishedEarly(let epoch, let best):
            (end.stoppedAfterEpoch, end.bestEpoch) = (epoch, best)
            reporter.tell(end)
            let split = configuration.data.evaluatedSplit.adjective
            let patience = configuration.earlyStopping?.patience ?? 0
            Self.say(
                [
                    "Early stopping after epoch \(epoch): the \(split) "
                        + "\(configuration.bestMetric.text) has not improved for "
                        + "\(Numbers.counted(patience, "epoch")); the model is that of epoch "
                        + "\(best)."
                ], reporter)
        case .stopped(let step):
            reporter.tell(
                TrainingLine.End(event: "stopped", step: step, model: run.modelFile))
            let sentence = "Stopped after step \(Numbers.grouped(step)); all of it is saved."
            if isOneOfSeveral {
                Self.say(["\(sentence) The same command again goes on with all runs."], reporter)
            } else {
                reporter.say(
                    "\(sentence) Go on with:\n"
                        + "  \(Invocation.program) train --resume \(shellWord(run.path))")
            }
            throw ExitCode(ExitReport.Code.interrupted)
        }
        return outcome
    }

    /// The time that the rest of the run is expected to take; nil where it cannot be found out, for
    /// a reason with which training will not begin.
    private func expectedTime(
        _ device: Device, _ reporter: TrainingReporter
    ) throws -> RunTime? {
        let configuration = run.configuration
        Interruption.listen(saying: Interruption.Notice.discarding)
        reporter.status.show("measuring how long the run takes")
        do {
            let records = try run.records()
            // Of a run that is over nothing is left, whatever the number of its epochs.
            if configuration.earlyStopping?.isOver(after: records) == true { return nil }
            return try RunTime.expected(
                configuration, after: records.count, train: train, validation: validation,
                device: device,
                isCancelled: { Interruption.isRequested })
        } catch let error as CancellationError {
            throw error
        } catch {
            return nil
        }
    }

    /// Decodes the image files of a new run without `--skip-broken`.
    static func checkFiles(
        _ sets: [any ImageSet], of configuration: TrainingConfiguration,
        _ reporter: TrainingReporter
    ) throws {
        guard configuration.data.files?.skipsBroken == false else { return }
        let status = reporter.status
        let checks = sets.compactMap { $0 as? ImageFiles }.map { images in
            ImageFilesCheck(of: images) { done in
                status.show(
                    "checking image files: \(Numbers.grouped(done)) of "
                        + "\(Numbers.grouped(images.count))"
                )
            }
        }
        status.clear()
        let (count, checked) = checks.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.checkedCount) }
        let broken = checks.flatMap(\.broken)
        guard broken.isEmpty else {
            throw BrokenFileError(broken, of: checked, source: configuration.data.source)
        }
        if checked < count {
            reporter.say(
                "Checked \(Numbers.grouped(checked)) of \(Numbers.grouped(count)) image files; a "
                    + "broken one among the others stops training where it is met, unless "
                    + "--skip-broken leaves such files out"
            )
        }
    }

    /// Writes sentences in lines of the terminal's width.
    static func say(_ sentences: [String], _ reporter: TrainingReporter) {
        for sentence in sentences {
            for line in wrapped(sentence, width: Terminal().width) { reporter.say("\(line)") }
        }
    }

    /// A data set's name, or an absolute path.
    static func lastingName(of source: String) -> String {
        DataSource.knownNames.contains(source) ? source : LastingPath.of(source)
    }

    /// The training and the validation images, with the progress of reading them.
    static func images(
        _ data: DataSource, limit: Int?, reporter: TrainingReporter
    ) throws -> (train: any ImageSet, validation: any ImageSet) {
        let train = try data.load(.train, status: reporter.status)
        let validation = try data.load(.validation, status: reporter.status)
        guard let limit else { return (train, validation) }
        return (train.prefix(limit), validation.prefix(limit))
    }
}
