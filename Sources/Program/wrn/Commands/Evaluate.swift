// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNInference
import WRNModel
import WRNPlan

/// `wrn evaluate`: how well a model does on images that it was not trained on.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the accuracy of a model on the test images of a data set.",
        usage: """
            wrn evaluate [--weights DIR|FILE] [--last|--best] --data SOURCE [--flip] [--csv FILE|-] [--skip-broken] [--json] [options]
            """,
        discussion: """
            The images are the test images, or the validation images where the data has no others; the report says which. Of a \
            run's two models the last is taken, as in the paper, or with --best that of the epoch that did best on the validation images.

            Image files are resized and cropped as the model was evaluated in training. Classes are told by their names where \
            the data set has names that the model knows, and otherwise by their numbers.

            The report has the top-1 accuracy with its 95 % confidence interval (Wilson), the top-5 accuracy, the loss, the expected \
            calibration error (ECE, in 15 bins), precision, recall and F1 of each class, and which classes are taken for which. \
            --json has the bins, too.

            --csv writes a line for each image, with its file, or its index where it is none: \
            image, label, prediction, probability, label_probability, right. FILE appears when it is whole.
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

    @Flag(help: "Average the probabilities of each image and its mirror image, in twice the time.")
    var flip = false

    @Option(
        help: ArgumentHelp(
            "Write what the model says of each image to this file, or to the standard output (-) in place of the report.",
            valueName: "file"))
    var csv: String?

    @OptionGroup(title: "Image files") var files: FileOptions

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--limit", limit, isIn: 1...Int.max)
        if csv == "-", output.json {
            throw ValidationError(
                "--csv - and --json both write to the standard output; name a file after --csv")
        }
    }

    func run() throws {
        let status = StatusLine()
        let warnings =
            flip ? [ChosenModel.flipWarning(for: weights.weights)].compactMap(\.self) : []
        for warning in warnings { StandardError.write("wrn: warning: \(warning)\n") }
        let answers = try csv.map(AnswerOutput.init(argument:))
        let classifier = try weights.classifier(engine)
        var images = try source(for: classifier).load(.test, status: status)
        DataNotes.write(images, source: data)
        if let limit { images = images.prefix(limit) }
        Interruption.listen()
        let total = images.count
        let start = ContinuousClock.now
        let evaluation = try BrokenFileError.advising(
            "--skip-broken leaves such files out and counts them", unless: skipBroken
        ) {
            try classifier.evaluate(
                images, workers: min(max(engine.execution.threads / 2, 1), 8),
                skipsBroken: skipBroken, averagesMirrorImages: flip,
                progress: { done in
                    status.show(
                        "evaluating: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
                },
                isCancelled: { Interruption.isRequested })
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        status.clear()
        try answers?.write(evaluation, of: images)
        let report = EvaluationReport(
            architecture: classifier.description.architecture, data: data, split: images.split,
            model: try weights.chosen(), flip: flip,
            warnings: warnings, seconds: seconds, evaluation: evaluation,
            weights: classifier.reading)
        if csv != "-" {
            try StandardOutput.write(
                output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
        }
        DataNotes.writeRemarks(images)
        for message in evaluation.broken { StandardError.write("wrn: left out: \(message)\n") }
    }

    /// The data, in the size and with the preparation that the model was trained for.
    private func source(for classifier: Classifier) -> DataSource {
        let model = classifier.description
        var options = files.options(
            height: model.inputHeight, width: model.inputWidth, channels: model.inputChannels)
        options.preparation = model.preparation
        return DataSource(data, options: options)
    }
}
