// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNInference
import WRNModel

/// `wrn evaluate`: how well a model does on test images.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the accuracy of a model on the test images of a data set.")

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(help: "Evaluate only the first images.")
    var limit: Int?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--limit", limit, isIn: 1...Int.max)
    }

    func run() throws {
        let status = StatusLine()
        let classifier = try weights.classifier(engine)
        var images = try DataSource(data).load(.test, status: status)
        if let limit { images = images.prefix(limit) }
        Interruption.listen()
        let total = images.count
        let start = ContinuousClock.now
        let evaluation = try classifier.evaluate(
            images,
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
    }
}
