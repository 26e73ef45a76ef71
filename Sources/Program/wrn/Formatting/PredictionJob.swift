// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNFetch
import WRNImages
import WRNInference
import WRNModel
import WRNText

/// Classifies images and writes the answers as lines, drawings or JSON.
struct PredictionJob {
    let top: Int
    let writesJSON: Bool
    /// Whether to draw; nil to draw a few images on a terminal.
    let drawsPictures: Bool?
    let skipsBroken: Bool

    private let terminal = Terminal()

    init(top: Int, writesJSON: Bool, drawsPictures: Bool?, skipsBroken: Bool) {
        self.top = top
        self.writesJSON = writesJSON
        self.drawsPictures = drawsPictures
        self.skipsBroken = skipsBroken
    }

    /// Whether this many images are drawn; a note on the terminal names the option where they are
    /// not.
    private func draws(_ count: Int) -> Bool {
        if let drawsPictures { return drawsPictures }
        guard terminal.isInteractive, !writesJSON else { return false }
        guard count > PredictionDrawing.usualCount else { return true }
        StandardError.write(
            "\(Numbers.grouped(count)) images in lines; --pictures draws them as well\n")
        return false
    }

    /// Images of a data set by their indices.
    func run(
        _ classifier: Classifier, _ images: any ImageSet, indices: [Int], source: String
    ) throws {
        let predictions = try classifier.classify(images, indices: indices)
        let reports = zip(indices, predictions).map { index, predictions in
            PredictionReport(
                index: index, label: images.classNames[images.labels[index]],
                labelIndex: images.labels[index], predictions: Array(predictions.prefix(top)))
        }
        if writesJSON { return try write(reports, classifier, source: source) }
        let draws = draws(reports.count)
        for report in reports {
            guard let index = report.index, draws else {
                try StandardOutput.write(report.line)
                continue
            }
            let image = try images.fittedImage(at: index)
            try StandardOutput.write(
                report.drawing(of: image, on: terminal, count: reports.count) + "\n")
        }
    }

    /// Classifies files; each answer is written when it is computed.
    ///
    /// - Throws: `ExitCode` when a file is no image, after the others.
    func run(_ classifier: some FileClassifier, _ files: ImageList) throws {
        var reports: [PredictionReport] = []
        var failures = 0
        let draws = draws(files.count)
        try classifier.classifyWithImages(files, isCancelled: { Interruption.isRequested }) {
            index, answer in
            var report = PredictionReport(file: files.title(of: index))
            var image: PixelImage?
            switch answer {
            case .success(let answer):
                report.predictions = Array(answer.predictions.prefix(top))
                image = answer.image
            case .failure(let error):
                failures += 1
                report.error = error.message
                StandardError.write(
                    "wrn: \(skipsBroken ? "left out" : "error"): \(error.message)\n")
            }
            if writesJSON {
                reports.append(report)
            } else if let image {
                try StandardOutput.write(
                    draws
                        ? report.drawing(of: image, on: terminal, count: files.count) + "\n"
                        : report.line)
            }
        }
        if writesJSON { try write(reports, classifier, source: nil) }
        DataNotes.writeRemarks(files)
        guard failures > 0 else { return }
        if files.count > 1 {
            StandardError.write(
                "wrn: \(Numbers.grouped(failures)) of \(Numbers.counted(files.count, "file")) "
                    + (skipsBroken
                        ? "left out\n"
                        : "could not be classified; with --skip-broken the exit code is 0 all the "
                            + "same\n")
            )
        }
        // Without any image the command has failed.
        if !skipsBroken || failures == files.count { throw ExitCode(ExitReport.Code.failure) }
    }

    private func write(
        _ reports: [PredictionReport], _ classifier: some FileClassifier, source: String?
    ) throws {
        let list = PredictionList(
            architecture: classifier.architecture, data: source, images: reports,
            weights: classifier.reading)
        try StandardOutput.write(jsonText(list))
    }
}

/// The JSON of `wrn predict --json`.
struct PredictionList: Encodable {
    let architecture: String
    /// The data set; nil for files.
    let data: String?
    let images: [PredictionReport]
    /// The notes and assumptions about another program's weights.
    var weights: WeightsReading?
}

/// The answer of `wrn predict` for one image.
struct PredictionReport: Encodable {
    /// The image's number in its data set; nil for a file.
    var index: Int?
    /// The file, as it was given; nil for an image of a data set.
    var file: String?
    /// The label in the data set.
    var label: String?
    var labelIndex: Int?
    /// The likeliest classes, the first one first.
    var predictions: [Prediction] = []
    /// The error, where there are none.
    var error: String?

    /// One line: `12: Sneaker 97.31 %, Sandal 2.60 %; labelled Sneaker`.
    var line: DisplayText {
        let classes = predictions.map { "\($0.className) \(Numbers.percent($0.probability))" }
        let labelled = label.map { "; labelled \($0)" } ?? ""
        return "\(title): \(classes.joined(separator: ", "))\(labelled)\n"
    }

    private var title: String { file ?? index.map { "\($0)" } ?? "-" }

    /// The picture, with the name and the classes beside it.
    ///
    /// - Parameter count: How many images are drawn one below the other.
    func drawing(of image: PixelImage, on terminal: Terminal, count: Int) -> DisplayText {
        PredictionDrawing(heading, predictions, on: terminal, count: count).lines(image)
            .map { "\($0)\n" }.joined()
    }

    private var heading: String {
        guard let label else { return file.map { "\($0)" } ?? "image \(title)" }
        let isRight = predictions.first?.classIndex == labelIndex
        return "image \(title), labelled \(label): \(isRight ? "right" : "wrong")"
    }
}

/// A classifier of image files: a model's head, or the nearest labelled images.
protocol FileClassifier {
    /// The name of the network.
    var architecture: String { get }
    /// The notes and assumptions about another program's weights.
    var reading: WeightsReading? { get }

    /// Classifies files and passes the answers on in their order, with the decoded images.
    func classifyWithImages(
        _ files: ImageList, isCancelled: () -> Bool,
        answer: (_ index: Int, Result<ClassifiedImage, DataError>) throws -> Void
    ) throws
}

extension Classifier: FileClassifier {
    var architecture: String { description.architecture }
}

extension NeighbourClassifier: FileClassifier {
    var architecture: String { extractor.description.architecture }
    var reading: WeightsReading? { extractor.reading }
}
