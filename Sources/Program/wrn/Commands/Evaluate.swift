// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNRuns
import WRNText

/// `wrn evaluate`: measures a model's accuracy.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the accuracy of a model on the test images of a data set.",
        usage: usageText(
            """
            wrn evaluate [--weights DIR|FILE] [--last|--best] --data SOURCE [--tta VIEWS] [--csv \
            FILE|-] [--skip-broken] [--json] [options]
            """),
        discussion: """
            The images are the test images, or the validation images where the data has no others; \
            the report names them. A folder without such parts is split as the run did it that \
            learnt from it, and without the images that the run leaves out (--exclude). Of a \
            run's two models the last is used, as in the paper, or with --best that of the epoch \
            with the highest validation accuracy.

            Image files are resized and cropped as the model was evaluated in training. Classes \
            are matched by name if the model has the data set's names, and otherwise by number, unless \
            a name that both have stands at another number.

            The report has the top-1 accuracy with its 95 % confidence interval (Wilson), the \
            top-5 accuracy, the loss, the expected calibration error (ECE, in 15 bins), precision, \
            recall and F1 of each class, and which classes are taken for which. --json has the \
            bins, too. Probabilities, loss and ECE are the calibrated ones of a model that 'wrn \
            calibrate' has calibrated.

            --csv writes a line for each image, with its file, or its index where it is none: \
            image, label, prediction, probability, label_probability, right. FILE appears when it \
            is whole.
            """)

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(help: "Evaluate only the first images.")
    var limit: Int?

    @Flag(help: "Leave out files that are no images, and count them.")
    var skipBroken = false

    @OptionGroup var viewOptions: ViewOptions

    @Flag(help: "The same as --tta flip.")
    var flip = false

    @Option(
        help: ArgumentHelp(
            "Write the answer for each image to this file, or to the standard output (-) in place "
                + "of the report.",
            valueName: "file"))
    var csv: String?

    @OptionGroup var exclusion: ExclusionOption

    @OptionGroup(title: "Image files") var files: FileOptions

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--limit", limit, isIn: 1...Int.max)
        if flip, let tta = viewOptions.tta, tta != .flip {
            throw ValidationError(
                "--flip is --tta flip, and --tta \(tta.rawValue) is given; leave one out")
        }
        if csv == "-", output.json {
            throw ValidationError(
                "--csv - and --json both write to the standard output; name a file after --csv")
        }
    }

    func run() throws {
        let status = StatusLine()
        var warnings = [
            ChosenModel.mirrorWarning(
                for: weights.weights, views: views, option: flip ? "--flip" : "--tta")
        ].compactMap(\.self)
        for warning in warnings { StandardError.write("wrn: warning: \(warning)\n") }
        let outputs = OutputPlaces(["--csv": csv])
        try outputs.check(reading: [data, exclusion.exclude, weights.place])
        let answers = try csv.map(ResultOutput.init(argument:))
        let classifier = try weights.classifier(engine)
        let origin = runOnSameData
        var images = try load(for: classifier, of: origin, status)
        try outputs.check(reading: images)
        try checkFileOptions(skipBroken ? ["--skip-broken"] : [], for: images)
        DataNotes.write(images, source: data)
        if let origin,
            let warning = origin.configuration.warning(
                aboutDrawn: images, at: data, of: origin.path)
        {
            warnings.append(warning)
            StandardError.write("wrn: warning: \(warning)\n")
        }
        if let limit { images = images.prefix(limit) }
        Interruption.listen()
        PrecisionAdvice(
            work: .evaluate, isOpen: engine.precision == nil, writesJSON: output.json
        ).write(
            for: classifier.graph, batch: engine.batch, images: images.count, engine.execution)
        let total = images.count
        let start = ContinuousClock.now
        let evaluation = try BrokenFileError.advising(
            "--skip-broken leaves such files out and counts them", unless: skipBroken
        ) {
            try classifier.evaluate(
                images, workers: engine.device.loadingThreads,
                skipsBroken: skipBroken, views: views,
                progress: { done in
                    status.show(
                        "evaluating: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
                },
                isCancelled: { Interruption.isRequested })
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        status.clear()
        if let answers {
            let table = AnswerTable(of: evaluation, images: images)
            try answers.write(
                DisplayText(
                    document: AnswerTable.header + evaluation.answers.map(table.line).joined()))
            try answers.finish()
        }
        let report = EvaluationReport(
            architecture: classifier.description.architecture, data: data, split: images.split,
            model: try weights.chosen(), views: views, precision: engine.execution.precision,
            warnings: warnings, seconds: seconds, evaluation: evaluation,
            calibration: classifier.description.calibration, weights: classifier.reading)
        if csv != "-" {
            try StandardOutput.write(
                output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
        }
        DataNotes.writeRemarks(images)
        for message in evaluation.broken { StandardError.write("wrn: left out: \(message)\n") }
    }

    /// The views of each image.
    private var views: TestTimeViews { flip ? .flip : viewOptions.tta ?? .single }

    /// The images that are left out: those of the given list, else those that the run leaves out
    /// of the same data, which are copies of its training images, or mislabelled.
    private func exclusionList(_ origin: Origin?) throws -> ImageExclusion? {
        if let list = try exclusion.list() { return list }
        guard let run = origin, let recorded = run.configuration.data.exclusion else {
            return nil
        }
        do {
            let list = try run.configuration.exclusion()
            StandardError.write(
                "wrn: \(recorded.list) leaves images out, as in the training of \(run.path)\n")
            return list
        } catch {
            StandardError.write(
                "wrn: warning: \(run.path) leaves \(Numbers.counted(recorded.images, "image")) out, "
                    + "which are evaluated here, because its list cannot be used; --exclude names "
                    + "it (\(error))\n")
            return nil
        }
    }

    /// Splits a folder that a run was trained on as the run did, so that none of the images that
    /// are evaluated is one that the model has learnt; options that are given come first.
    private func useSplit(of origin: Origin?, in options: inout ImageFileOptions) {
        guard let run = origin, let split = run.configuration.data.files else { return }
        let before = options
        if files.validationFraction == nil { options.validationFraction = split.validationFraction }
        if files.splitSeed == nil { options.seed = split.splitSeed }
        guard options.validationFraction != before.validationFraction || options.seed != before.seed
        else { return }
        StandardError.write(
            "wrn: \(data) is split as \(run.path) did it, with --validation-fraction "
                + "\(options.validationFraction) and --split-seed \(options.seed)\n")
    }

    private typealias Origin = (path: String, configuration: TrainingConfiguration)

    /// The run that the model is of, if it was trained on the same data, wherever these are now.
    private var runOnSameData: Origin? {
        guard let run = ChosenModel.record(of: weights.weights),
            let begun = try? run.trainingConfiguration(),
            Train.isSamePlace(TrainingJob.lastingName(of: data), begun.data.source)
                || !DataSource.knownNames.contains(data) && begun.hasValidationFiles(at: data)
        else { return nil }
        return (run.path, begun)
    }

    /// The images in the model's size and with its preparation.
    private func load(
        for classifier: Classifier, of origin: Origin?, _ status: StatusLine
    ) throws -> any ImageSet {
        if let run = origin, let fold = run.configuration.data.fold, files.given.isEmpty,
            exclusion.exclude == nil
        {
            let images = try run.configuration.source(at: data).load(.test, status: status)
            if images.split == .validation {
                StandardError.write(
                    "wrn: \(data) is divided as \(run.path) did it: the images are those of "
                        + "\(fold.text)\n")
            }
            return images
        }
        let model = classifier.description
        var options = files.options(
            height: model.inputHeight, width: model.inputWidth, channels: model.inputChannels)
        options.preparation = model.preparation
        useSplit(of: origin, in: &options)
        let images = try DataSource(data, options: options).excluding(exclusionList(origin))
            .load(.test, status: status)
        try files.check(for: images)
        return images
    }
}
