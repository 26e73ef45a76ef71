// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNFetch
import WRNImages
import WRNInference
import WRNModel
import WRNText

/// Classifies images and writes the answers as lines, drawings, CSV or JSON, and sorts the files.
struct PredictionJob {
    /// The form of the answers.
    enum Form {
        case lines
        case csv
        case json
    }

    let top: Int
    let form: Form
    let output: ResultOutput
    /// Whether to draw; nil to draw a few images on a terminal.
    let drawsPictures: Bool?
    let skipsBroken: Bool
    /// The views of each image; of no effect on neighbours.
    let views: TestTimeViews
    /// The probabilities that answers need; nil where all images have one.
    var thresholds: AnswerThresholds?
    /// Where the files are sorted into; nil for nowhere.
    var sorted: SortedImages?

    private let terminal = Terminal()

    init(
        top: Int, form: Form, output: ResultOutput, drawsPictures: Bool?, skipsBroken: Bool,
        views: TestTimeViews
    ) {
        self.top = top
        self.form = form
        self.output = output
        self.drawsPictures = drawsPictures
        self.skipsBroken = skipsBroken
        self.views = views
    }

    /// Whether this many images are drawn; a note on the terminal names the option where they are
    /// not.
    private func draws(_ count: Int) -> Bool {
        guard form == .lines, output.path == nil else { return false }
        if let drawsPictures { return drawsPictures }
        guard terminal.isInteractive, sorted == nil else { return false }
        guard count > PredictionDrawing.usualCount else { return true }
        StandardError.write(
            "\(Numbers.grouped(count)) images in lines; --pictures draws them as well\n")
        return false
    }

    private func table(classes: Int, hasLabels: Bool) -> PredictionTable {
        PredictionTable(
            top: min(top, classes), hasLabels: hasLabels, hasThreshold: thresholds != nil,
            isSorted: sorted != nil)
    }

    /// Whether an image is unknown; nil without thresholds.
    private func isUnknown(_ predictions: [Prediction]) -> Bool? {
        guard let thresholds, let first = predictions.first else { return nil }
        return !thresholds.accept(first.classIndex, probability: first.probability)
    }

    /// Images of a data set by their indices.
    func run(
        _ classifier: Classifier, _ images: any ImageSet, indices: [Int], source: String
    ) throws {
        let predictions = try classifier.classify(images, indices: indices, views: views)
        // A label that is none of the model's classes has no number there.
        let numbers = try? classifier.classNumbers(of: images)
        let reports = zip(indices, predictions).map { index, predictions in
            let label = images.labels[index]
            return PredictionReport(
                index: index, label: images.classNames[label], labelIndex: numbers?[label],
                predictions: Array(predictions.prefix(top)), unknown: isUnknown(predictions))
        }
        switch form {
        case .json: try write(reports, classifier, source: source)
        case .csv:
            let table = table(classes: classifier.description.classes, hasLabels: true)
            try output.write(table.header + reports.map(table.line).joined())
        case .lines:
            let draws = draws(reports.count)
            for report in reports {
                guard let index = report.index, draws else {
                    try output.write(report.line)
                    continue
                }
                let image = try images.fittedImage(at: index)
                try output.write(
                    report.drawing(of: image, on: terminal, count: reports.count) + "\n")
            }
        }
        try finish(reports.count, unknown: reports.count { $0.unknown == true })
    }

    /// Classifies files; each answer is written when it is computed.
    ///
    /// - Throws: `ExitCode` when a file is no image, after the others.
    mutating func run(_ classifier: some FileClassifier, _ files: ImageList) throws {
        var reports: [PredictionReport] = []
        var (failures, unknown) = (0, 0)
        let draws = draws(files.count)
        let table = table(classes: classifier.classNames.count, hasLabels: false)
        if form == .csv { try output.write(table.header) }
        // Lines on the screen are their own progress.
        let status = form == .json || output.path != nil ? StatusLine() : nil
        try classifier.classifyFiles(
            files, views: views, keepsImages: draws, isCancelled: { Interruption.isRequested }
        ) { index, answer in
            var report = PredictionReport(file: files.title(of: index))
            var image: PixelImage?
            switch answer {
            case .success(let answer):
                report.predictions = Array(answer.predictions.prefix(top))
                report.unknown = isUnknown(answer.predictions)
                if report.unknown == true { unknown += 1 }
                report.sortedAs = try place(index, of: files, answer.predictions, report)
                image = answer.image
            case .failure(let error):
                failures += 1
                report.error = error.message
                status?.clear()
                StandardError.write(
                    "wrn: \(skipsBroken ? "left out" : "error"): \(error.message)\n")
            }
            switch form {
            case .json: reports.append(report)
            case .csv: try output.write(table.line(report))
            case .lines:
                if let image {
                    try output.write(
                        report.drawing(of: image, on: terminal, count: files.count) + "\n")
                } else if report.error == nil {
                    try output.write(report.line)
                }
            }
            status?.show(
                "classifying: \(Numbers.grouped(index + 1)) of "
                    + "\(Numbers.counted(files.count, "image"))")
        }
        status?.clear()
        if form == .json { try write(reports, classifier, source: nil) }
        try finish(files.count - failures, unknown: unknown)
        DataNotes.writeRemarks(files)
        try report(failures: failures, of: files.count)
    }

    /// Copies or links a file into the folder of its class.
    private mutating func place(
        _ index: Int, of files: ImageList, _ predictions: [Prediction], _ report: PredictionReport
    ) throws -> String? {
        let classIndex = report.unknown == true ? nil : predictions.first?.classIndex
        return try sorted?.place(index, of: files, in: classIndex).path
    }

    /// Ends the work for broken files.
    ///
    /// - Throws: `ExitCode`, unless they are left out and there are others.
    private func report(failures: Int, of count: Int) throws {
        guard failures > 0 else { return }
        if count > 1 {
            StandardError.write(
                "wrn: \(Numbers.grouped(failures)) of \(Numbers.counted(count, "file")) "
                    + (skipsBroken
                        ? "left out\n"
                        : "could not be classified; with --skip-broken the exit code is 0 all the "
                            + "same\n")
            )
        }
        // Without any image the command has failed.
        if !skipsBroken || failures == count { throw ExitCode(ExitReport.Code.failure) }
    }

    private func write(
        _ reports: [PredictionReport], _ classifier: some FileClassifier, source: String?
    ) throws {
        let list = PredictionList(
            architecture: classifier.architecture, data: source,
            views: views, temperature: classifier.calibration?.temperature,
            threshold: thresholds?.overall,
            classThresholds: thresholds?.byClass, sortedInto: sorted?.directory, images: reports,
            weights: classifier.reading)
        try output.write(jsonText(list))
    }

    /// Gives the file its name, and writes what went where to the standard error.
    private func finish(_ count: Int, unknown: Int) throws {
        try output.finish()
        if let path = output.path {
            let known = thresholds == nil ? "" : ", \(Numbers.grouped(unknown)) unknown"
            StandardError.write("wrn: \(path): \(Numbers.counted(count, "image"))\(known)\n")
        }
        guard let sorted else { return }
        let parts = zip(sorted.folders, sorted.counts).filter { $0.1 > 0 }
            .map { "\($0.0): \(Numbers.grouped($0.1))" }
        let present = sorted.presentCount
        let text =
            "sorted into \(sorted.directory), "
            + (parts.isEmpty ? "no image" : parts.joined(separator: ", "))
            + (present > 0 ? "; \(Numbers.grouped(present)) of them were there before" : "")
        let lines = wrapped("wrn: " + text, width: Terminal(descriptor: STDERR_FILENO).width - 1)
        StandardError.write(DisplayText(lines: lines))
        if sorted.elsewhereCount > 0 {
            StandardError.write(
                """
                wrn: \(Numbers.counted(sorted.elsewhereCount, "file")) of an earlier run in \
                other folders: these images have another class now

                """)
        }
    }
}

/// The JSON of `wrn predict --json`.
struct PredictionList: Encodable {
    let architecture: String
    /// The data set; nil for files.
    let data: String?
    /// The views of each image whose probabilities are averaged.
    let views: TestTimeViews
    /// The temperature of a calibrated model.
    let temperature: Double?
    /// The least probability of an answer; nil where all images have one.
    let threshold: Double?
    /// The least probability of each class's answers; nil where all have the same.
    let classThresholds: [Double?]?
    /// The directory that the files are sorted into.
    let sortedInto: String?
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
    /// The model's number of the label; nil where it is none of the model's classes.
    var labelIndex: Int?
    /// The likeliest classes, the first one first.
    var predictions: [Prediction] = []
    /// Whether the likeliest class has less than its threshold; nil without a threshold.
    var unknown: Bool?
    /// The path of the copy or the link.
    var sortedAs: String?
    /// The error, where there are none.
    var error: String?

    /// One line: `12: Sneaker 97.31 %, Sandal 2.60 %; labelled Sneaker`, and of an unknown image
    /// `12: unknown (Sneaker 57.31 %, Sandal 42.60 %)`.
    var line: DisplayText {
        let classes = predictions.map { "\($0.className) \(Numbers.percent($0.probability))" }
            .joined(separator: ", ")
        let labelled = label.map { "; labelled \($0)" } ?? ""
        return "\(title): \(unknown == true ? "unknown (\(classes))" : classes)\(labelled)\n"
    }

    /// The file, or the number of the image.
    var title: String { file ?? index.map { "\($0)" } ?? "-" }

    /// The picture, with the name and the classes beside it.
    ///
    /// - Parameter count: How many images are drawn one below the other.
    func drawing(of image: PixelImage, on terminal: Terminal, count: Int) -> DisplayText {
        PredictionDrawing(heading, predictions, on: terminal, count: count).lines(image)
            .map { "\($0)\n" }.joined()
    }

    private var heading: String {
        let unknown = unknown == true
        guard let label else { return (file ?? "image \(title)") + (unknown ? ": unknown" : "") }
        let labelled = "image \(title), labelled \(label)"
        if unknown { return labelled + ": unknown" }
        guard let labelIndex else { return labelled }
        return labelled + (predictions.first?.classIndex == labelIndex ? ": right" : ": wrong")
    }
}

/// A classifier of image files: a model's head, or the nearest labelled images.
protocol FileClassifier {
    /// The name of the network.
    var architecture: String { get }
    /// The names of the classes, in the order of their numbers.
    var classNames: [String] { get }
    /// The calibration of a model; nil for one that is not calibrated, and for neighbours.
    var calibration: ModelCalibration? { get }
    /// The notes and assumptions about another program's weights.
    var reading: WeightsReading? { get }

    /// Classifies files and passes the answers on in their order, with the images as they are
    /// stored where they are kept.
    func classifyFiles(
        _ files: ImageList, views: TestTimeViews, keepsImages: Bool, isCancelled: () -> Bool,
        answer: (_ index: Int, Result<ClassifiedImage, DataError>) throws -> Void
    ) throws
}

extension Classifier: FileClassifier {
    var architecture: String { description.architecture }
    var classNames: [String] { (0..<description.classes).map(className) }
    var calibration: ModelCalibration? { description.calibration }
}

extension NeighbourClassifier: FileClassifier {
    var architecture: String { extractor.description.architecture }
    var classNames: [String] { neighbours.classNames }
    var calibration: ModelCalibration? { nil }

    func classifyFiles(
        _ files: ImageList, views: TestTimeViews, keepsImages: Bool, isCancelled: () -> Bool,
        answer: (_ index: Int, Result<ClassifiedImage, DataError>) throws -> Void
    ) throws {
        try classifyFiles(
            files, keepsImages: keepsImages, isCancelled: isCancelled, answer: answer)
    }

    var reading: WeightsReading? { extractor.reading }
}
