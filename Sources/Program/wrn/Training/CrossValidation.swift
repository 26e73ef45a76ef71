// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNDialects
import WRNEngine
import WRNFetch
import WRNFiles
import WRNInference
import WRNModel
import WRNPlan
import WRNReport
import WRNRuns
import WRNText

/// The work of `--folds`: a run for each fold, and what their models answer to the images that
/// they were not trained on.
struct CrossValidation {
    let count: Int
    /// The directory of the runs.
    let directory: String
    let source: String
    let files: ImageFileOptions
    let exclusion: ImageExclusion?
    let limit: Int?
    let control: RunControlOptions
    let reporter: TrainingReporter
    /// The record of what was read of another program's weights that the runs begin from.
    var reading: WeightsReading?
    var isPrecisionOpen = false
    /// The settings that photographs chose for all folds; nil for none.
    var choice: PhotographChoice?
    /// Makes the configuration of a run from the source's absolute name and the images.
    let configuration: (String, any ImageSet, any ImageSet) throws -> TrainingConfiguration

    /// The name of the file with the results.
    private static let fileName = "folds.json"

    func run() throws {
        var folds: [CrossValidationResult.Fold] = []
        var network = ""
        for number in 1...count {
            let job = try job(number)
            network = job.run.configuration.model.architecture
            reporter.say("\n\(Self.fold(number, of: count, files.seed).text), \(job.run.path):")
            try job.train(
                threads: control.threads, checkpoints: control.checkpoints,
                stepInterval: control.logEvery, reporter: reporter)
            folds.append(try result(number, job))
        }
        guard
            let result = CrossValidationResult(
                network: network, data: TrainingJob.lastingName(of: source), folds: folds)
        else { return }
        let report = CrossValidationReport(result: result)
        let text = try jsonText(report)
        try AtomicFile<FileError>.write(text.description, to: path(Self.fileName))
        reporter.say("\n\(report.text(width: Terminal().textWidth))", terminator: "")
        if control.report {
            let page = path(RunReport.fileName)
            try AtomicFile<FileError>.write(CrossValidationPage(result).html, to: page)
            reporter.say("\nThe report is \(page), the figures are in \(path(Self.fileName)).")
        }
        reporter.tell(TrainingLine.Folds(report: report))
    }

    private static func fold(_ number: Int, of count: Int, _ seed: UInt64) -> ImageFold {
        ImageFold(number: number, count: count, seed: seed)
    }

    private func path(_ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : directory + "/" + name
    }

    /// The run of a fold: a new one, or the one that the same command began before.
    private func job(_ number: Int) throws -> TrainingJob {
        let place = path("fold-\(number)")
        let fold = Self.fold(number, of: count, files.seed)
        if !RunDirectory.holdsRun(place) { try RunDirectory.checkAvailable(place) }
        let (train, validation) = try TrainingJob.images(
            DataSource(source, options: files).excluding(exclusion).folded(fold), limit: limit,
            reporter: reporter)
        let wanted = try configuration(
            TrainingJob.lastingName(of: source), train, validation
        ).excluding(exclusion).folded(fold)
        try wanted.validate()
        if number == 1 {
            warn(train, validation)
            // The images of one fold and of all others are all images.
            if !RunDirectory.holdsRun(place) {
                try TrainingJob.checkFiles([train, validation], of: wanted, reporter)
            }
        }
        var job = try TrainingJob.member(
            at: place, wanted, train: train, validation: validation, reporter: reporter)
        job.reading = reading
        job.isOneOfSeveral = true
        // The line about another precision, and what photographs chose, come once.
        job.isPrecisionOpen = isPrecisionOpen && number == 1
        job.choice = number == 1 ? choice : nil
        return job
    }

    /// Warns of classes that some folds lack.
    private func warn(_ train: any ImageSet, _ validation: any ImageSet) {
        var counts = Array(repeating: 0, count: train.classNames.count)
        for label in train.labels + validation.labels { counts[label] += 1 }
        for (label, images) in counts.enumerated() where images > 0 && images < count {
            reporter.warn(
                "\(train.classNames[label]) has \(images) images for \(count) folds: some folds "
                    + "have none of it to validate with")
        }
    }

    /// Evaluates the model of a fold on the fold's images, and writes the run's report.
    private func result(_ number: Int, _ job: TrainingJob) throws -> CrossValidationResult.Fold {
        let record = try RunRecord(readingFrom: job.run.path)
        let total = job.validation.count
        Interruption.listen(saying: Interruption.Notice.discarding)
        defer { reporter.status.clear() }
        let findings = try RunFindings(
            of: record, images: job.validation, device: .cpu(threads: control.threads),
            progress: { done in
                reporter.status.show(
                    "evaluating: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
            },
            isCancelled: { Interruption.isRequested })
        if control.report {
            try AtomicFile<FileError>.write(
                RunReport(record, findings: findings).html,
                to: job.run.path + "/" + RunReport.fileName)
        }
        return CrossValidationResult.Fold(
            number: number, run: job.run.path, epochs: record.records.count,
            evaluation: findings.evaluation)
    }
}

extension CrossValidation {
    /// The training images of a fold, about: all images but test images, less those of the fold.
    static func trainingCount(of images: NewRunImages, folds: Int) -> Int {
        let held = images.validation.split == .test ? 0 : images.validation.count
        return (images.train.count + held) * (folds - 1) / folds
    }

    /// The error of a command that goes on in its directory, and has none.
    static func directoryMissing(_ option: String) -> ValidationError {
        ValidationError(
            "--run is missing: the same command with \(option) goes on where it was stopped, so "
                + "name a directory, for example --run runs/mine")
    }

    /// Refuses options that make no sense beside `--folds`.
    static func check(_ folds: Int?, _ new: NewRunOptions, other: String?) throws {
        try checkOption(
            "--folds", folds, isIn: ImageFold.counts.lowerBound...ImageFold.counts.upperBound)
        guard folds != nil else { return }
        if let other {
            throw ValidationError("--folds and \(other) cannot be given together; leave one out")
        }
        if new.files.validationFraction != nil {
            throw ValidationError(
                "--folds divides all images, so --validation-fraction has no effect; leave it out")
        }
    }
}

extension ArgumentHelp {
    /// The help of `--folds`.
    static let folds = ArgumentHelp(
        "Cross-validation: divide all images but test images into so many folds, train a run in "
            + "DIR/fold-1 and so on on all folds but one each, and print mean, spread and the "
            + "confusion matrix of all images. The same command goes on where it was stopped.",
        valueName: "n")
}

extension TrainingLine {
    /// The summary of a cross-validation.
    struct Folds: Encodable {
        let event = "folds"
        let report: CrossValidationReport
    }
}
