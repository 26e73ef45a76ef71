// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNInference
import WRNModel
import WRNPlan

/// `wrn evaluate`: how well a model does on test images.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the accuracy of a model on the test images of a data set.",
        usage: "wrn evaluate --weights DIR|FILE --data SOURCE [--skip-broken] [--json] [options]",
        discussion: """
            Image files are resized and cropped as the model was evaluated in training. Classes are told by their names where \
            the data set has names that the model knows, and otherwise by their numbers.
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

    @OptionGroup(title: "Image files") var files: FileOptions

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--limit", limit, isIn: 1...Int.max)
    }

    func run() throws {
        let status = StatusLine()
        let classifier = try weights.classifier(engine)
        var images = try source(for: classifier).load(.test, status: status)
        if let limit { images = images.prefix(limit) }
        Interruption.listen()
        let total = images.count
        let start = ContinuousClock.now
        let evaluation = try classifier.evaluate(
            images, workers: min(max(engine.execution.threads / 2, 1), 8), skipsBroken: skipBroken,
            progress: { done in
                status.show(
                    "evaluating: \(Numbers.grouped(done)) of \(Numbers.grouped(total)) images")
            },
            isCancelled: { Interruption.isRequested })
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        status.clear()
        let report = EvaluationReport(
            architecture: classifier.description.architecture, data: data, seconds: seconds,
            evaluation: evaluation)
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().width))
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
