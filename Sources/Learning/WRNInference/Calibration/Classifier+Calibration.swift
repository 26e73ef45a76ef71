// SPDX-License-Identifier: Apache-2.0

import WRNBatches
public import WRNDatasets
import WRNFetch
import WRNGraph
public import WRNModel

/// The calibration of a model on labelled images, with what it changes there.
public struct CalibrationResult: Codable, Hashable, Sendable {
    /// The temperature, with the figures before and after, and the thresholds.
    public let calibration: ModelCalibration
    /// The evaluation of the images before.
    public let before: Evaluation
    /// The evaluation of the images with the temperature.
    public let after: Evaluation
    /// The evaluation of each half of the images with the temperature that was fitted on the other
    /// half, and so on images that it was not fitted on; nil where a half has no temperature.
    public let crossFitted: Evaluation?
}

extension Classifier {
    /// The wanted share of right answers, for which thresholds are chosen.
    public struct AnswerTarget: Hashable, Sendable {
        /// The share of answers that are right, above 0 and below 1.
        public var accuracy: Double
        /// Whether each class gets a threshold of its own, so that the share is that of the answers
        /// of the class: its precision.
        public var byClass: Bool
        /// The confidence with which answers to new images of the same kind have that share, above
        /// 0 and below 1; for thresholds by class, that of each class.
        public var confidence: Double

        /// Wants a share.
        public init(accuracy: Double, byClass: Bool = false, confidence: Double = 0.95) {
            self.accuracy = accuracy
            self.byClass = byClass
            self.confidence = confidence
        }
    }

    /// Fits a temperature to labelled images, and chooses thresholds.
    ///
    ///     let result = try classifier.calibrate(on: validation)
    ///     try result.calibration.write(into: "model.safetensors")
    ///
    /// The images must be ones that the model was not trained on: on training images it is right
    /// more often than on others, and the temperature would be too low. An earlier calibration of
    /// the model is not used. The result is the same on any number of threads.
    ///
    /// - Parameters:
    ///   - images: Labelled images of the model's size, with all of its classes and no others.
    ///   - workers: The threads that prepare batches.
    ///   - skipsBroken: Whether files that are no images are left out, instead of an error.
    ///   - name: The name of the data in the calibration; nil for that of the images. Of a path the
    ///     last part is taken.
    ///   - target: The share of right answers for which thresholds are chosen; nil for none.
    ///   - progress: Called after each batch with the number of images that are done.
    ///   - isCancelled: Called before each batch; true stops. The default follows the current task.
    /// - Throws: ``InferenceError/cannotCalibrate(dataset:reason:)`` when no temperature is best,
    ///   no threshold suffices, or a number of the target is not above 0 and below 1;
    ///   ``InferenceError/missingClass(dataset:name:)`` when the data lacks a class; and what
    ///   ``evaluate(_:workers:skipsBroken:views:progress:isCancelled:)`` throws.
    public func calibrate(
        on images: any ImageSet, workers: Int = 1, skipsBroken: Bool = false,
        named name: String? = nil, target: AnswerTarget? = nil,
        progress: (_ done: Int) -> Void = { _ in },
        isCancelled: () -> Bool = { Task.isCancelled }
    ) throws -> CalibrationResult {
        if let target {
            guard target.accuracy > 0, target.accuracy < 1, target.confidence > 0,
                target.confidence < 1
            else {
                throw InferenceError.cannotCalibrate(
                    dataset: images.name,
                    reason: "expected a share of right answers and a confidence above 0 and below "
                        + "1, found \(target.accuracy) and \(target.confidence); choose others")
            }
        }
        try images.checkFits(graph.inputShape)
        try images.checkLabels()
        let numbers = try classNumbers(of: images)
        let known = Set(numbers)
        if let absent = (0..<description.classes).first(where: { !known.contains($0) }) {
            throw InferenceError.missingClass(dataset: images.name, name: className(absent))
        }
        var fit = TemperatureFit(classes: description.classes)
        var indices: [Int] = []
        var broken: [String] = []
        try forEachBatch(
            of: images, workers: workers, skipsBroken: skipsBroken, isCancelled: isCancelled
        ) { batch, logits in
            broken += batch.broken.map(\.message)
            for (row, index) in batch.imageIndices.enumerated() {
                fit.append(
                    logits[0].row(row, of: description.classes), label: numbers[batch.labels[row]])
                indices.append(index)
            }
            progress(indices.count + broken.count)
        }
        guard !indices.isEmpty else { throw InferenceError.noImages(dataset: images.name) }
        return try result(
            of: fit, images: images, indices: indices, broken: broken, name: name ?? images.name,
            target: target)
    }

    private func result(
        of fit: TemperatureFit, images: any ImageSet, indices: [Int], broken: [String],
        name: String, target: AnswerTarget?
    ) throws -> CalibrationResult {
        func evaluation(_ temperature: (_ position: Int) -> Double) throws -> Evaluation {
            var part = EvaluationPart()
            part.broken = broken
            for (position, index) in indices.enumerated() {
                let row = fit.logits.row(position, of: fit.classes)
                guard let softmax = Softmax(row, temperature: temperature(position)) else {
                    throw InferenceError.notFinite(dataset: images.name, index: index)
                }
                part.add(softmax, index: index, label: fit.labels[position])
            }
            return part.evaluation(classNames: classNames(or: images))
        }
        let before = try evaluation { _ in 1 }
        let temperature = try temperature(of: fit, on: images)
        let after = try evaluation { _ in temperature }
        var crossFitted: Evaluation?
        // Images lie class by class: every second one is in each half.
        if let even = try? fit.part(stride(from: 0, to: indices.count, by: 2)).temperature(),
            let odd = try? fit.part(stride(from: 1, to: indices.count, by: 2)).temperature()
        {
            crossFitted = try evaluation { $0.isMultiple(of: 2) ? odd : even }
        }
        let calibration = ModelCalibration(
            temperature: temperature,
            // Models are passed on, and the directories of this machine should not be.
            data: name.split(separator: "/").last.map(String.init) ?? name,
            split: images.split?.rawValue,
            count: indices.count, lossBefore: before.loss, loss: after.loss,
            errorBefore: before.calibration().expectedError,
            error: after.calibration().expectedError,
            thresholds: try target.map { try thresholds(for: $0, of: after, images: images) })
        return CalibrationResult(
            calibration: calibration, before: before, after: after, crossFitted: crossFitted)
    }

    private func temperature(
        of fit: TemperatureFit, on images: any ImageSet
    ) throws(InferenceError) -> Double {
        do {
            return try fit.temperature()
        } catch {
            let range = ModelCalibration.temperatures
            let reason =
                switch error {
                case .allRight:
                    "all \(fit.labels.count) images are classified rightly, so that no temperature "
                        + "is best; take more images"
                case .noBetterThanChance:
                    "on these images the model is no better than chance, so that no temperature is "
                        + "best; check that the data and the order of its classes are the model's"
                case .outOfRange:
                    "the best temperature is not in \(range.lowerBound)...\(range.upperBound); "
                        + "take more images"
                }
            throw .cannotCalibrate(dataset: images.name, reason: reason)
        }
    }

    private func thresholds(
        for target: AnswerTarget, of evaluation: Evaluation, images: any ImageSet
    ) throws(InferenceError) -> AnswerThresholds {
        let choice = ThresholdChoice(accuracy: target.accuracy, confidence: target.confidence)
        func threshold(_ answers: [Evaluation.Answer]) -> Double? {
            choice.threshold(
                answers.map { (confidence: $0.probability, isCorrect: $0.isCorrect) })
        }
        let overall = threshold(evaluation.answers)
        var byClass: [Double?]?
        if target.byClass {
            byClass = (0..<description.classes).map { index in
                threshold(evaluation.answers.filter { $0.prediction == index })
            }
        }
        guard byClass.map({ $0.contains { $0 != nil } }) ?? (overall != nil) else {
            throw .cannotCalibrate(
                dataset: images.name,
                reason: "no threshold makes \(target.accuracy) of the answers right with the "
                    + "confidence \(target.confidence), as \(evaluation.count) images can show; "
                    + "want less, or take more images")
        }
        // Where classes have their own, the overall one is of no effect.
        return AnswerThresholds(
            overall: overall ?? 1, byClass: byClass, accuracy: target.accuracy,
            confidence: target.confidence)
    }
}
