// SPDX-License-Identifier: Apache-2.0

import WRNText

/// A temperature by which a model's probabilities became those with which it is right, as its file
/// holds it.
///
///     p[c] = exp(x[c] / T) / sum over k of exp(x[k] / T)
///
/// for the logits x. It changes how sure the model is, and never which class is the likeliest.
///
/// - Reference: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks",
///   section 4.
public struct ModelCalibration: Codable, Hashable, Sendable {
    /// The temperature T, above 0: more than 1 for a model that was surer than it was right.
    public let temperature: Double
    /// The name of the data that it was fitted on.
    public let data: String
    /// Which images of the data these were, such as `validation`; nil where that is not known.
    public let split: String?
    /// The number of images.
    public let count: Int
    /// The mean cross-entropy of these images before, in nats.
    public let lossBefore: Double
    /// The mean cross-entropy of these images with the temperature, in nats.
    public let loss: Double
    /// The expected calibration error of these images before, in 15 bins of equal width, in
    /// `0...1`.
    public let errorBefore: Double
    /// The expected calibration error of these images with the temperature, in `0...1`.
    public let error: Double
    /// The probabilities that answers need; nil where every image has one.
    public let thresholds: AnswerThresholds?

    /// Creates a calibration; ``Model/write(to:)`` refuses one that is impossible.
    public init(
        temperature: Double, data: String, split: String?, count: Int, lossBefore: Double,
        loss: Double, errorBefore: Double, error: Double, thresholds: AnswerThresholds? = nil
    ) {
        self.temperature = temperature
        self.data = data
        self.split = split
        self.count = count
        self.lossBefore = lossBefore
        self.loss = loss
        self.errorBefore = errorBefore
        self.error = error
        self.thresholds = thresholds
    }
}

/// The least probabilities that a model's answers need; an image whose likeliest class has less is
/// unknown.
public struct AnswerThresholds: Codable, Hashable, Sendable {
    /// The least probability of the likeliest class, in `0...1`.
    public let overall: Double
    /// The least probability of each class where it is the likeliest, in `0...1`, nil for a class
    /// that is never the answer; nil where ``overall`` is that of all classes.
    public let byClass: [Double?]?
    /// The accuracy of the answers for which they were chosen, in `0...1`; nil where they are the
    /// user's own.
    public let accuracy: Double?
    /// The confidence with which answers to new images of the same kind have that accuracy, in
    /// `0...1`.
    public let confidence: Double?

    /// Creates thresholds.
    public init(
        overall: Double, byClass: [Double?]? = nil, accuracy: Double? = nil,
        confidence: Double? = nil
    ) {
        self.overall = overall
        self.byClass = byClass
        self.accuracy = accuracy
        self.confidence = confidence
    }

    /// The least probability of a class; nil for a class that is never the answer.
    public func threshold(of classIndex: Int) -> Double? {
        guard let byClass, byClass.indices.contains(classIndex) else { return overall }
        return byClass[classIndex]
    }

    /// Whether an image has an answer if this is its likeliest class, with this probability.
    public func accept(_ classIndex: Int, probability: Double) -> Bool {
        threshold(of: classIndex).map { probability >= $0 } ?? false
    }
}

extension ModelDescription {
    /// The same model with another calibration, or without one.
    package func with(calibration: ModelCalibration?) -> ModelDescription {
        ModelDescription(
            architecture: architecture, classes: classes, dropout: dropout,
            inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
            classNames: classNames, mean: mean, standardDeviation: standardDeviation,
            preparation: preparation, calibration: calibration)
    }

    /// The number by which logits are divided before the softmax: 1 for a model that is not
    /// calibrated.
    package var temperature: Double { calibration?.temperature ?? 1 }
}

extension ModelCalibration {
    /// The temperature and its images: `temperature 1.4273, fitted on 206 validation images of
    /// photos`.
    package var sentence: String {
        "temperature \(Numbers.fixed(temperature, decimals: 4)), fitted on "
            + (count == 1 ? "1 " : "\(Numbers.grouped(count)) ") + (split.map { $0 + " " } ?? "")
            + (count == 1 ? "image" : "images") + " of \(data)"
    }

    /// The smallest and the largest temperature.
    package static let temperatures = 1e-3...1e3

    /// The first impossible field, with its rule and its value; nil if all are right.
    func problem(classes: Int) -> (field: String, expected: String, found: String)? {
        let range = Self.temperatures
        guard range.contains(temperature) else {
            return (
                "calibration.temperature", "in \(range.lowerBound)...\(range.upperBound)",
                "\(temperature)"
            )
        }
        guard count >= 1 else { return ("calibration.count", "at least 1", "\(count)") }
        for (field, value) in [("lossBefore", lossBefore), ("loss", loss)] where !(value >= 0) {
            return ("calibration.\(field)", "at least 0", "\(value)")
        }
        var shares = [("errorBefore", errorBefore), ("error", error)]
        if let thresholds {
            shares.append(("thresholds.overall", thresholds.overall))
            shares += [
                ("thresholds.accuracy", thresholds.accuracy),
                ("thresholds.confidence", thresholds.confidence),
            ].compactMap { name, value in value.map { (name, $0) } }
            if let byClass = thresholds.byClass {
                guard byClass.count == classes else {
                    return (
                        "calibration.thresholds.byClass",
                        "to have one for each of the \(classes) classes", "\(byClass.count)"
                    )
                }
                shares += byClass.compactMap(\.self).map { ("thresholds.byClass", $0) }
            }
        }
        let wrong = shares.first { !(0...1).contains($0.1) }
        return wrong.map { ("calibration.\($0.0)", "in 0...1", "\($0.1)") }
    }
}
