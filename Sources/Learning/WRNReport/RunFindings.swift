// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNEngine
import WRNFetch
import WRNFiles
import WRNImages
package import WRNInference
import WRNModel
package import WRNPlan
package import WRNRuns

/// The evaluation of a run's model on the run's validation images, as a report shows it.
package struct RunFindings: Sendable {
    /// An image that the model classifies wrongly.
    struct Mistake: Sendable {
        let answer: Evaluation.Answer
        /// The image's file or number.
        let title: String
        /// The image as it is fed to the network, as a PNG file.
        let png: [UInt8]
        /// The image with the map of the predicted class over it; nil where the network has no such
        /// map.
        let map: [UInt8]?
    }

    /// The most mistakes that are shown.
    static let maximumMistakeCount = 24
    /// The most rows and columns of a picture.
    static let maximumExtent = 160

    /// The model's evaluation.
    package let evaluation: Evaluation
    /// The source of the images.
    package let source: String
    /// The sentence on images that the model may have learnt; nil where there is no such doubt.
    let warning: String?
    /// The SHA-256 of the model's file, in hexadecimal digits.
    package let weightsSHA256: String
    let mistakes: [Mistake]
    /// The calibration of the model; nil for one that is not calibrated.
    let calibration: ModelCalibration?
}

extension RunFindings {
    /// Evaluates the model that a run has saved.
    ///
    /// - Parameters:
    ///   - images: The run's validation images.
    ///   - source: The source of the images; nil for the source in the run's configuration.
    ///   - device: The device to compute on, in the run's precision.
    ///   - progress: Called after each batch with the number of images done.
    ///   - isCancelled: Called before each batch; true stops the evaluation.
    /// - Throws: What ``Classifier`` throws when the model is missing or damaged or
    ///   the images do not fit it; a `DataError` or an `ImageError` for an image that cannot be
    ///   shown; `CancellationError`.
    package init(
        of run: RunRecord, images: any ImageSet, source: String? = nil,
        device: Device = .cpu(), progress: (_ done: Int) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws {
        let configuration = try run.trainingConfiguration()
        // As after each epoch, so that both accuracies are the same.
        let device = device.computing(in: configuration.precision)
        var digest = try Self.digest(of: run)
        var classifier = try Classifier(contentsOf: run.path, device: device)
        var explainer = try Self.explainer(of: run, device)
        // A run in training may replace its model at any time.
        while true {
            let later = try Self.digest(of: run)
            if later == digest { break }
            digest = later
            classifier = try Classifier(contentsOf: run.path, device: device)
            explainer = try Self.explainer(of: run, device)
        }
        weightsSHA256 = digest
        calibration = classifier.description.calibration
        let skipsBroken = configuration.data.files?.skipsBroken ?? false
        evaluation = try classifier.evaluate(
            images, workers: device.loadingThreads, skipsBroken: skipsBroken,
            progress: progress, isCancelled: isCancelled)
        self.source = source ?? run.source
        warning = configuration.warning(aboutDrawn: images, at: source, of: "the run")
        mistakes = try evaluation.answers
            .filter { !$0.isCorrect }
            .sorted { ($1.probability, $0.index) < ($0.probability, $1.index) }
            .prefix(Self.maximumMistakeCount)
            .map { answer in
                let image = try images.fittedImage(at: answer.index)
                let map = try explainer?.explain(fitted: image, classIndex: answer.prediction)
                return Mistake(
                    answer: answer, title: images.title(of: answer.index),
                    png: try Self.picture(image).png(),
                    map: try map?.overlay(on: image, extent: Self.maximumExtent).png())
            }
    }

    /// What maps are made with; nil for a network that has none.
    private static func explainer(of run: RunRecord, _ device: Device) throws -> Explainer? {
        do {
            return try Explainer(contentsOf: run.path, device: device)
        } catch let error as InferenceError
            where error.code == .noPositions || error.code == .noActivationMap
        {
            return nil
        }
    }

    private static func digest(of run: RunRecord) throws -> String {
        try FileDigest.sha256(of: OpenFile<DataError>(run.modelFile))
    }

    private static func picture(_ image: PixelImage) -> PixelImage {
        let extent = max(image.height, image.width)
        guard extent > maximumExtent else { return image }
        return image.resized(
            height: max(image.height * maximumExtent / extent, 1),
            width: max(image.width * maximumExtent / extent, 1), by: .bilinear)
    }
}
