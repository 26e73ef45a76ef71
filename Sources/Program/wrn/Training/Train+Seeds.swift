// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNModel
import WRNRuns

extension Train {
    /// `--seeds N`: the paper's protocol, several runs that differ in their seeds, and their
    /// median.
    func trainSeeds(_ count: Int, _ reporter: TrainingReporter) throws {
        let wanted = try newRun()
        var results: [SeedReport.Result] = []
        let first = new.seed ?? 1
        for seed in first..<first + UInt64(count) {
            var options = new
            options.seed = seed
            var job = try seedJob(wanted, options, reporter)
            job.isOneOfSeveral = true
            // The line about another precision, and what photographs chose, come once.
            if seed > first { (job.isPrecisionOpen, job.choice) = (false, nil) }
            reporter.say("\nSeed \(seed), \(results.count + 1) of \(count):")
            try job.train(
                threads: control.threads, checkpoints: control.checkpoints,
                stepInterval: control.logEvery,
                reporter: reporter)
            let record = try RunRecord(readingFrom: job.run.path).final
            guard let accuracy = record?.validationAccuracy else { continue }
            results.append(
                SeedReport.Result(
                    seed: seed, run: job.run.path, data: job.run.configuration.data.name,
                    network: job.run.configuration.model.architecture,
                    accuracy: accuracy))
        }
        guard let report = SeedReport(results) else { return }
        reporter.say("\n\(report.text)", terminator: "")
        reporter.tell(TrainingLine.Seeds(report: report))
    }

    /// The run of a seed: a new one, or the one that this command began before.
    private func seedJob(
        _ wanted: NewRun, _ options: NewRunOptions, _ reporter: TrainingReporter
    ) throws -> TrainingJob {
        let base = wanted.directory.hasSuffix("/") ? wanted.directory : wanted.directory + "/"
        let directory = base + "seed-\(options.seed ?? 1)"
        let isNew =
            !RunDirectory.holdsRun(directory) || RunDirectory.holdsUnstartedRun(directory)
        if isNew { try RunDirectory.checkAvailable(directory) }
        // Also of a run that was begun the images are read as this command says: with the options
        // that the run has of them, all would be found the same.
        let (images, choice) = try images(of: wanted, reporter)
        let (train, validation) = (images.train, images.validation)
        let asked = try options.configuration(
            network: wanted.network, source: TrainingJob.lastingName(of: wanted.data),
            epochs: epochs, train: train, validation: validation
        ).excluding(images.exclusion)
        try asked.validate()
        if isNew { try TrainingJob.checkFiles([train, validation], of: asked, reporter) }
        var job = try TrainingJob.member(
            at: directory, asked, train: train, validation: validation, reporter: reporter)
        if isNew {
            job.choice = choice
            job.isPrecisionOpen = try new.isPrecisionOpen
        }
        return job
    }

    /// Whether two names are of the same data set: the same name, or paths that lead to the same
    /// file or directory.
    static func isSamePlace(_ first: String, _ second: String) -> Bool {
        func resolved(_ path: String) -> String {
            URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
        }
        let isName = DataSource.knownNames.contains
        return first == second
            || !isName(first) && !isName(second) && resolved(first) == resolved(second)
    }
}
