// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNInference
import WRNModel

/// Classifies images and writes the answers as they were asked for.
struct PredictionJob {
    let top: Int
    let writesJSON: Bool
    /// Whether to draw; nil for a few images where a person watches.
    let drawsPictures: Bool?
    let skipsBroken: Bool

    private let terminal = Terminal()

    init(top: Int, writesJSON: Bool, drawsPictures: Bool?, skipsBroken: Bool) {
        self.top = top
        self.writesJSON = writesJSON
        self.drawsPictures = drawsPictures
        self.skipsBroken = skipsBroken
    }

    /// Whether so many images are drawn, with a word to a person who might expect it.
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

    /// Files: each answer is written when it is known.
    ///
    /// - Throws: `ExitCode` when a file is no image, after the others.
    func run(_ classifier: some FileClassifier, _ files: ImageList) throws {
        var reports: [PredictionReport] = []
        var failures = 0
        let draws = draws(files.count)
        try classifier.classify(files, isCancelled: { Interruption.isRequested }) { index, answer in
            var report = PredictionReport(file: files.title(of: index))
            switch answer {
            case .success(let predictions): report.predictions = Array(predictions.prefix(top))
            case .failure(let error):
                failures += 1
                report.error = error.message
                StandardError.write(
                    "wrn: \(skipsBroken ? "left out" : "error"): \(error.message)\n")
            }
            if writesJSON {
                reports.append(report)
            } else if report.error == nil {
                try StandardOutput.write(
                    draws
                        ? report.drawing(
                            of: try files.image(at: index), on: terminal, count: files.count) + "\n"
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
                        : "could not be classified; with --skip-broken the exit code is 0 all the same\n")
            )
        }
        // Without any image, nothing was done of what was asked.
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
