// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNInference
import WRNKernels
import WRNModel

/// `wrn predict`: what a model sees in some images.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify test images of a data set.",
        discussion:
            "On a terminal the images are shown as pictures; otherwise there is one line for each.")

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String?

    @Argument(help: ArgumentHelp("Indices of test images, from 0.", valueName: "input"))
    var inputs: [String]

    @Option(help: "How many classes to show for each image.")
    var top = 3

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "How direct convolutions round what they multiply: float32 or bfloat16.",
            valueName: "type"))
    var precision = Precision.float32

    @Flag(
        inversion: .prefixedNo,
        help: "Whether to draw the images (default: only on a terminal).")
    var pictures: Bool?

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try checkOption("--top", top, isIn: 1...Int.max)
        try checkOption("--threads", threads, isIn: 1...1024)
        _ = try indices()
        _ = try source()
    }

    func run() throws {
        let status = StatusLine()
        let indices = try indices()
        let engine = EngineOptions(
            batch: min(indices.count, 64), threads: threads, precision: precision)
        let classifier = try weights.classifier(engine)
        let images = try source().load(.test, status: status)
        let predictions = try classifier.classify(images, indices: indices)
        let reports = zip(indices, predictions).map { index, predictions in
            PredictionReport(
                index: index, label: images.classNames[images.labels[index]],
                labelIndex: images.labels[index], predictions: Array(predictions.prefix(top)))
        }
        if output.json {
            let list = PredictionList(
                architecture: classifier.description.architecture, data: "\(try source())",
                images: reports)
            return try StandardOutput.write(jsonText(list))
        }
        let terminal = Terminal()
        let draws = pictures ?? terminal.isInteractive
        for report in reports {
            try StandardOutput.write(
                draws
                    ? report.drawing(of: images, on: terminal) + "\n" : report.line)
        }
    }

    private func indices() throws -> [Int] {
        try inputs.map { input in
            guard let index = Int(input), index >= 0 else {
                throw ValidationError(
                    "INPUT must be an index into the test images for now, not \"\(input)\"")
            }
            return index
        }
    }

    private func source() throws -> DataSource {
        guard let data else {
            throw ValidationError(
                "--data is missing: INPUT is an index into the test images of a data set, "
                    + "for example --data fashion-mnist")
        }
        return DataSource(data)
    }
}
