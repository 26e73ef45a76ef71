// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNEngine
import WRNGraph
import WRNModel
import WRNPlan
import WRNRuns
import WRNTensor
import WRNText
import WRNTraining
import WRNWorkers

// What is shown of a run before training begins.

extension TrainingJob {
    /// Says what is trained on what, for how long and with which doubts, before training begins.
    ///
    /// - Parameter time: The time that the run is expected to take; nil where it is not known.
    /// - Throws: The errors of making the network of the configuration.
    func announce(
        _ trainer: Trainer, _ device: Device, _ time: RunTime?, _ reporter: TrainingReporter
    ) throws {
        let configuration = run.configuration
        let report = (train as? ImageFiles)?.report
        let notes = report.map { DataNotes.lines($0, source: configuration.data.source) } ?? []
        let warnings = ClassBalance(of: train).warnings + sharedImagesWarning
        Self.say(exclusionNote + notes + warnings.map { "warning: " + $0 }, reporter)
        let graph = try configuration.model.graph()
        let parameters = graph.parameterCount
        let threads =
            (device.threads == 1 ? "1 thread" : "\(device.threads) threads")
            + (workers.size == 1 ? "" : " of \(workers.size) workers each")
        let precision = configuration.precision == .float32 ? "" : " in bfloat16"
        let limit = configuration.earlyStopping == nil ? "" : "at most "
        let duration = time.map { ", \(limit)\($0.text)" } ?? ""
        for line in choice?.lines ?? [] { reporter.say("\(line)") }
        Self.say([advice].compactMap(\.self), reporter)
        reporter.say(
            """
            \(configuration.model.architecture), \(Numbers.grouped(parameters)) parameters, on \
            \(configuration.data.source):
            \(Numbers.grouped(train.count)) training and \
            \(Numbers.grouped(validation.count)) \(configuration.data.evaluatedSplit.adjective) \
            images of \(train.channels)x\(train.height)x\(train.width)
            \(ClassBalance(of: train).summary)
            """)
        let length =
            trainer.isOver
            ? "The run is complete, and nothing is left to train;"
            : "\(Numbers.counted(configuration.epochs, "epoch")) of "
                + "\(Numbers.counted(configuration.stepsPerEpoch, "step")) "
                + "on \(threads)\(precision)\(duration);"
        let place = "\(trainer.isOver ? "it" : "the run") is kept in \(run.path)"
        if length.count + 1 + place.count <= 80 {
            reporter.say("\(length) \(place)")
        } else {
            reporter.say("\(length)")
            reporter.say("\(place)")
        }
        if !trainer.isOver { sayRules(reporter) }
        let trained = try configuration.trainedParameterCount()
        if let fineTuning = configuration.fineTuning {
            let lines = FineTuningText.lines(
                fineTuning, trainer.transfer, trained: trained, parameters: parameters)
            Self.say(lines, reporter)
        }
        if trainer.position.step > 0, !trainer.isOver {
            reporter.say(
                "Going on in epoch \(trainer.position.epoch + 1), after step "
                    + "\(Numbers.grouped(trainer.position.step))")
        }
        reporter.tell(
            TrainingLine.Start(
                run: run.path, network: configuration.model.architecture, parameters: parameters,
                epochs: configuration.epochs, stepsPerEpoch: configuration.stepsPerEpoch,
                step: trainer.position.step, threads: device.threads,
                precision: configuration.precision,
                validationSplit: configuration.data.evaluatedSplit,
                trainedParameters: configuration.fineTuning.map { _ in trained },
                takenTensors: trainer.transfer?.taken.count, newTensors: trainer.transfer?.new,
                droppedTensors: trainer.transfer?.dropped, weights: reading,
                classCounts: ClassBalance(of: train).counts,
                leftOut: (train as? ImageFiles)?.report.leftOutCount,
                predictedSeconds: time?.seconds, chosen: choice?.values, warnings: warnings))
        for warning in configuration.warnings(for: graph) { reporter.warn("\(warning)") }
        let steps = configuration.epochs * configuration.stepsPerEpoch - trainer.position.step
        PrecisionAdvice(
            work: .train, isOpen: isPrecisionOpen && !trainer.isOver,
            writesJSON: reporter.writesJSON
        ).write(
            for: graph, batch: configuration.shardBatch, images: steps * configuration.batch,
            ExecutionOptions(threads: device.threads))
    }

    /// Says when the run ends, and what the lines of its epochs have.
    private func sayRules(_ reporter: TrainingReporter) {
        let configuration = run.configuration
        let split = configuration.data.evaluatedSplit
        if let rule = configuration.earlyStopping {
            Self.say([TrainingText.stopping(rule, split)], reporter)
        }
        Self.say(
            TrainingText.legend(split, every: configuration.validationInterval ?? 1), reporter)
    }

    /// What was left out by a list.
    private var exclusionNote: [String] {
        guard let exclusion = run.configuration.data.exclusion else { return [] }
        return [
            "\(exclusion.list) leaves out \(Numbers.counted(exclusion.images, "image")) of the data"
        ]
    }

    /// A warning of images that are both trained on and evaluated.
    private var sharedImagesWarning: [String] {
        guard let shared = SharedImages(train, validation), shared.count > 0,
            let example = shared.example
        else { return [] }
        let split = run.configuration.data.evaluatedSplit.adjective
        return [
            "\(Numbers.counted(shared.count, "\(split) image")) "
                + "\(shared.count == 1 ? "is" : "are") also among the training images, for example "
                + "\(example.second), which is \(example.first); 'wrn data inspect "
                + "\(shellWord(run.configuration.data.source)) --export-list FILE' lists what to "
                + "leave out"
        ]
    }
}
