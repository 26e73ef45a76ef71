// SPDX-License-Identifier: Apache-2.0

/// The accuracy and the errors of a model on a set of labelled images.
///
///     let evaluation = try classifier.evaluate(images)
///     evaluation.accuracy                          // 0.9312
///     evaluation.accuracyInterval()                // 0.9261...0.9360
///     evaluation.topAccuracy(5)                    // 0.9980
///     evaluation.calibration().expectedError       // 0.0231
///     evaluation.confusionMatrix.confusions[0]     // the pair of classes confused most often
///
/// Everything follows from the ``answers`` in their order, by operations that round the same
/// everywhere: equal answers give equal bits.
public struct Evaluation: Hashable, Sendable {
    /// The mean softmax cross-entropy over all images, in nats.
    public let loss: Double
    /// The model's answer for each image, in the order of the set; images whose files were left out
    /// have none.
    public let answers: [Answer]
    /// The number of answers whose likeliest class is the label.
    public let correct: Int
    /// The result for each class, in the order of the model's classes.
    public let classes: [ClassResult]
    /// A sentence about each file that was left out; none of them counts.
    public let broken: [String]

    /// Creates the result of an evaluation.
    ///
    /// - Precondition: There is an answer, and each has its classes and its rank among those named,
    ///   and probabilities in `0...1`.
    public init(loss: Double, classNames: [String], answers: [Answer], broken: [String] = []) {
        precondition(!answers.isEmpty, "an evaluation has at least one image")
        precondition(
            answers.allSatisfy { $0.isPossible(classes: classNames.count) },
            "no model of \(classNames.count) classes can give these answers")
        self.loss = loss
        self.answers = answers
        self.broken = broken
        var counts = [Int](repeating: 0, count: classNames.count)
        var (predicted, hits) = (counts, counts)
        for answer in answers {
            counts[answer.label] += 1
            predicted[answer.prediction] += 1
            if answer.isCorrect { hits[answer.label] += 1 }
        }
        correct = hits.reduce(0, +)
        classes = classNames.indices.map {
            ClassResult(
                name: classNames[$0], count: counts[$0], predicted: predicted[$0],
                correct: hits[$0])
        }
    }

    /// Joins the evaluations of parts of a data set, of models with the same classes: the answers
    /// one part behind the other, and the mean of the loss over all images; nil without parts.
    package init?(joining parts: [Evaluation]) {
        guard let first = parts.first else { return nil }
        let count = parts.reduce(0) { $0 + $1.count }
        var answers: [Answer] = []
        for part in parts {
            answers += part.answers.map {
                Answer(
                    index: answers.count + $0.index, label: $0.label, prediction: $0.prediction,
                    probability: $0.probability, labelProbability: $0.labelProbability,
                    labelRank: $0.labelRank)
            }
        }
        self.init(
            loss: parts.reduce(0) { $0 + $1.loss * Double($1.count) } / Double(count),
            classNames: first.classes.map(\.name), answers: answers,
            broken: parts.flatMap(\.broken))
    }

    /// The number of images.
    public var count: Int { answers.count }

    /// The fraction of images that are classified rightly, in `0...1`: top-1 accuracy.
    public var accuracy: Double { Double(correct) / Double(count) }

    /// The fraction of images that are classified wrongly, in `0...1`; the paper's tables show it
    /// in percent.
    public var error: Double { Double(count - correct) / Double(count) }

    /// The mean of the recalls of all classes that have images, in `0...1`: the accuracy if each
    /// class had the same number of images, and scikit-learn's `balanced_accuracy_score`.
    public var balancedAccuracy: Double {
        let recalls = classes.compactMap(\.recall)
        return recalls.reduce(0, +) / Double(recalls.count)
    }

    /// The fraction of images whose label is among the `k` likeliest classes, in `0...1`.
    ///
    /// With as many classes or fewer it is 1; of equally likely classes the one with the smaller
    /// number comes first.
    ///
    /// - Precondition: `k` is 1 or more.
    public func topAccuracy(_ k: Int) -> Double {
        precondition(k >= 1, "the likeliest k classes are 1 or more, not \(k)")
        return Double(answers.count { $0.labelRank <= k }) / Double(count)
    }
}

// MARK: Answers

extension Evaluation {
    /// A model's answer for one labelled image.
    public struct Answer: Codable, Hashable, Sendable {
        /// The image's index in its set.
        public let index: Int
        /// The class that the image belongs to, in the model's numbers.
        public let label: Int
        /// The class with the largest probability; the first of several.
        public let prediction: Int
        /// The probability of the prediction, in `0...1`: the model's confidence.
        public let probability: Double
        /// The probability of the label, in `0...1`.
        public let labelProbability: Double
        /// The label's place among the classes from the likeliest, which has 1; of equally likely
        /// ones the smaller number comes first.
        public let labelRank: Int

        /// Creates an answer.
        public init(
            index: Int, label: Int, prediction: Int, probability: Double, labelProbability: Double,
            labelRank: Int
        ) {
            self.index = index
            self.label = label
            self.prediction = prediction
            self.probability = probability
            self.labelProbability = labelProbability
            self.labelRank = labelRank
        }

        init(_ softmax: Softmax, index: Int, label: Int) {
            self.init(
                index: index, label: label, prediction: softmax.likeliest,
                probability: softmax.probability(of: softmax.likeliest),
                labelProbability: softmax.probability(of: label),
                labelRank: softmax.rank(of: label))
        }

        /// Whether the prediction is the label.
        public var isCorrect: Bool { prediction == label }

        /// Whether a model of this many classes can have given this answer.
        func isPossible(classes: Int) -> Bool {
            (0..<classes).contains(label) && (0..<classes).contains(prediction)
                && (isCorrect ? labelRank == 1 : labelRank > 1 && labelRank <= classes)
                && (0...1).contains(probability) && (0...1).contains(labelProbability)
        }
    }
}

// MARK: Classes

extension Evaluation {
    /// The precision and the recall of one class.
    public struct ClassResult: Codable, Hashable, Sendable {
        /// The class's name.
        public let name: String
        /// The number of images that belong to the class: its support.
        public let count: Int
        /// The number of images that the model assigned to the class, rightly or wrongly.
        public let predicted: Int
        /// The number of images that belong to the class and were assigned to it: its true
        /// positives.
        public let correct: Int

        /// Creates the result of one class.
        public init(name: String, count: Int, predicted: Int, correct: Int) {
            self.name = name
            self.count = count
            self.predicted = predicted
            self.correct = correct
        }

        /// The fraction of the class's images that are right, in `0...1`; nil for a class without
        /// images.
        ///
        /// It is ``recall``.
        public var accuracy: Double? { recall }

        /// The fraction of the images assigned to the class that belong to it, in `0...1`; nil
        /// where none was assigned to it.
        ///
        ///     precision = correct / predicted
        public var precision: Double? { Self.ratio(correct, predicted) }

        /// The fraction of the class's images that were assigned to it, in `0...1`; nil for a class
        /// without images.
        ///
        ///     recall = correct / count
        public var recall: Double? { Self.ratio(correct, count) }

        /// The harmonic mean of precision and recall, in `0...1`; nil for a class without images to
        /// which none was assigned.
        ///
        ///     F1 = 2 correct / (count + predicted)
        ///
        /// It is 0 where only one of the two is undefined.
        public var f1: Double? { Self.ratio(2 * correct, count + predicted) }

        private static func ratio(_ part: Int, _ whole: Int) -> Double? {
            whole > 0 ? Double(part) / Double(whole) : nil
        }
    }

    /// Precision, recall and F1 of several classes as one number each, in `0...1`.
    public struct Averages: Codable, Hashable, Sendable {
        /// The mean of the classes' ``Evaluation/ClassResult/precision``.
        public let precision: Double
        /// The mean of the classes' ``Evaluation/ClassResult/recall``.
        public let recall: Double
        /// The mean of the classes' ``Evaluation/ClassResult/f1``.
        public let f1: Double
    }

    /// The means in which each class counts the same.
    ///
    /// As in scikit-learn's `classification_report`, a class without images to which none was
    /// assigned is left out, and for the others an undefined figure counts as 0.
    public var macroAverages: Averages {
        averages { $0.count + $0.predicted > 0 ? 1 : 0 }
    }

    /// The means in which each class counts by its images; an undefined figure counts as 0.
    ///
    /// The recall is the accuracy.
    public var weightedAverages: Averages {
        averages { Double($0.count) }
    }

    private func averages(weight: (ClassResult) -> Double) -> Averages {
        let weights = classes.map(weight)
        let total = weights.reduce(0, +)
        func mean(_ value: (ClassResult) -> Double?) -> Double {
            zip(classes, weights).reduce(0) { $0 + (value($1.0) ?? 0) * $1.1 } / total
        }
        return Averages(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}

// MARK: Coding

extension Evaluation: Codable {
    private enum CodingKeys: String, CodingKey {
        case loss, classNames, answers, broken
    }

    /// Encodes the values from which all others follow.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(loss, forKey: .loss)
        try container.encode(classes.map(\.name), forKey: .classNames)
        try container.encode(answers, forKey: .answers)
        try container.encode(broken, forKey: .broken)
    }

    /// Decodes an evaluation.
    ///
    /// - Throws: A `DecodingError` when there are no answers, or one is about no class or has no
    ///   probability.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let names = try container.decode([String].self, forKey: .classNames)
        let answers = try container.decode([Answer].self, forKey: .answers)
        guard !answers.isEmpty, answers.allSatisfy({ $0.isPossible(classes: names.count) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .answers, in: container,
                debugDescription:
                    "expected at least 1 answer, each about some of the \(names.count) classes, "
                    + "with probabilities in 0...1 and the rank 1 where it is right, found others")
        }
        self.init(
            loss: try container.decode(Double.self, forKey: .loss), classNames: names,
            answers: answers, broken: try container.decode([String].self, forKey: .broken))
    }
}
