// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNInference
import WRNPlan
import WRNRuns
import WRNText

/// `wrn demo`: trains, evaluates and classifies, in one command.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a small network on Fashion-MNIST and classify test images with it.",
        usage: usageText(
            """
            wrn demo [--epochs <epochs>] [--run <dir>] [--data <source>] [--seed <seed>] [--limit \
            <limit>] [--threads <threads>] [--json]
            """),
        discussion: """
            Gets the data where it is missing, trains on all 60,000 training images, evaluates on \
            the 10,000 test images after each epoch, and shows some of them with the model's \
            answers. Takes one and a half to three minutes on two cores.

            If the data set is neither installed nor downloadable, the demo reports that and uses \
            fashion-mnist-small, 7,000 of these images that are part of the program: less \
            accurate, and quicker.
            """)

    @Option(help: "How often to go through all images (default: 3, with fashion-mnist-small 12).")
    var epochs: Int?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "The new directory in which the run is kept (default: runs/demo, or the first free of "
                + "runs/demo-2, ...).",
            valueName: "dir"))
    var directory: String?

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path (default: "
                + "fashion-mnist, or fashion-mnist-small where that is not available).",
            valueName: "source"))
    var data: String?

    @Option(help: "What all random numbers are drawn from.")
    var seed: UInt64 = 1

    @Option(help: "Use only the first images of each split.")
    var limit: Int?

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Flag(help: "Write one line of JSON for each event, for programs.")
    var json = false

    func validate() throws {
        try checkOption("--epochs", epochs, isIn: 1...TrainingConfiguration.maximumEpochCount)
        try checkOption("--limit", limit, isIn: 1...Int(Int32.max))
        try checkOption("--threads", threads, isIn: 1...1024)
    }

    func run() throws {
        try Workers.refuse("wrn demo")
        let reporter = TrainingReporter(writesJSON: json)
        // Before a download that may take minutes.
        if let directory { try RunDirectory.checkAvailable(directory) }
        let data = data ?? Self.availableData(reporter)
        let epochs = epochs ?? (data == Self.smallData ? 12 : 3)
        let directory = directory ?? Self.freeDirectory(reporter)
        let job = try TrainingJob.begin(
            at: directory, source: data, files: ImageFileOptions(height: 32, width: 32),
            exclusion: nil, limit: limit, reporter: reporter
        ) { source, train, validation in
            // On Fashion-MNIST a high rate that falls to zero is best for few epochs, and shifts
            // slow it down.
            try TrainingConfiguration(
                network: "wrn-10-1", source: source, train: train, validation: validation,
                limit: limit,
                epochs: epochs, batch: 128, seed: seed, optimizer: .sgd(SGD(learningRate: 0.3)),
                schedule: .cosine(warmupEpochs: min(Double(epochs) / 10, 5)),
                augmentation: Augmentation(
                    horizontalFlip: Augmentation.suited(to: train).horizontalFlip, cropPadding: 0))
        }
        try job.train(threads: threads, checkpoints: CheckpointPolicy(), reporter: reporter)
        try show(job, reporter)
        try propose(job, reporter)
    }

    /// Shows the first evaluated image of each class, up to two rows of them, with the model's
    /// answers.
    private func show(_ job: TrainingJob, _ reporter: TrainingReporter) throws {
        let images = job.validation
        let gallery = PictureGallery(of: images, on: Terminal())
        let firsts = images.classNames.indices.compactMap { images.labels.firstIndex(of: $0) }
        let indices = Array(firsts.prefix(max(2 * gallery.perRow, 4)))
        let classifier = try Classifier(
            contentsOf: job.run.path, batch: indices.count,
            device: .cpu(threads: threads))
        let items = try zip(indices, classifier.classify(images, indices: indices)).compactMap {
            index, predictions in
            predictions.first.map {
                PictureGallery.Item(
                    index: index, label: images.classNames[images.labels[index]], prediction: $0,
                    isRight: $0.classIndex == images.labels[index])
            }
        }
        let split = job.run.configuration.data.evaluatedSplit.adjective
        reporter.say(
            "\n\(split.capitalized) images, which it was not trained on, and its answers:\n")
        reporter.say("\(try gallery.text(items))", terminator: "")
        for item in items {
            reporter.tell(
                TrainingLine.Answer(
                    index: item.index, label: item.label, className: item.prediction.className,
                    probability: item.prediction.probability))
        }
    }

    private func propose(_ job: TrainingJob, _ reporter: TrainingReporter) throws {
        let records = try job.run.records()
        let accuracy = records.last?.validationAccuracy.map { Numbers.percent($0) } ?? "-"
        let seconds = records.map(\.seconds).reduce(0, +)
        let program = Invocation.program
        let run = shellWord(job.run.path)
        let source = shellWord(job.run.configuration.data.source)
        reporter.say(
            """
            \(job.run.configuration.data.evaluatedSplit.adjective.capitalized) accuracy \
            \(accuracy) on \(Numbers.grouped(job.validation.count)) images,
            after \(Numbers.duration(seconds)) of training and evaluation.
            The model is \(job.run.modelFile). Try next:
              \(program) evaluate --weights \(run) --data \(source)
              \(program) predict --weights \(run) --data \(source) 0 1 2
              \(program) summary wrn-28-10
              \(program) train wrn-16-2 --data \(source) --run runs/wrn-16-2 \\
                --epochs 10 --schedule cosine
            """)
    }

    /// The full data set, downloaded if it is missing, or its part in the program.
    private static func availableData(_ reporter: TrainingReporter) -> String {
        let status = reporter.status
        do {
            try DataSource(fullData).download { progress in
                status.show(DataSource.words(for: progress))
            }
            status.clear()
            return fullData
        } catch {
            status.clear()
            reporter.say(
                """
                \(fullData) is neither installed nor to be downloaded:
                  \(error)
                This demo trains on \(smallData) instead, 7,000 of its images that are part of \
                the program.

                """)
            return smallData
        }
    }

    private static let fullData = "fashion-mnist"
    private static let smallData = "fashion-mnist-small"

    /// `runs/demo`, or with the first free number if it holds an earlier demo.
    private static func freeDirectory(_ reporter: TrainingReporter) -> String {
        let directory = FreeDirectory(named: "demo")
        if directory.isNumbered {
            reporter.say("runs/demo holds an earlier demo; this one goes to \(directory.path).")
        }
        return directory.path
    }
}
