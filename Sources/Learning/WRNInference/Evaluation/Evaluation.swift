// SPDX-License-Identifier: Apache-2.0

/// How well a model does on a set of labelled images.
///
///     let evaluation = try classifier.evaluate(images)
///     evaluation.accuracy                          // 0.9312
///     evaluation.accuracyInterval()                // 0.9261...0.9360
///     evaluation.topAccuracy(5)                    // 0.9980
///     evaluation.calibration().expectedError       // 0.0231
///     evaluation.confusionMatrix.confusions[0]     // the pair of classes that is mixed up most often
///
/// Everything follows from the ``answers`` in their order, by operations that round the same everywhere: equal answers give equal bits.
public struct Evaluation: Hashable, Sendable {
    /// The mean softmax cross-entropy over all images, in nats.
    public let loss: Double
    /// What the model said of each image, in the order of the set; images whose files were left out have none.
    public let answers: [Answer]
    /// How many of them have their label as the likeliest class.
    public let correct: Int
    /// What follows for each class, in the order of the model's classes.
    public let classes: [ClassResult]
    /// What was wrong with the files that were left out; none of them counts.
    public let broken: [String]

    /// Creates the result of an evaluation.
    ///
    /// - Precondition: There is an answer, and each has its classes and its rank among those named, and probabilities in `0...1`.
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

    /// How many images there are.
    public var count: Int { answers.count }

    /// The fraction of images that are right, in `0...1`: top-1 accuracy.
    public var accuracy: Double { Double(correct) / Double(count) }

    /// The fraction of images that are wrong, in `0...1`: what the paper's tables show, in percent.
    public var error: Double { Double(count - correct) / Double(count) }

    /// The fraction of images whose label is among the `k` likeliest classes, in `0...1`.
    ///
    /// With as many classes or fewer it is 1; of equally likely classes the one with the smaller number comes first.
    ///
    /// - Precondition: `k` is 1 or more.
    public func topAccuracy(_ k: Int) -> Double {
        precondition(k >= 1, "the likeliest k classes are 1 or more, not \(k)")
        return Double(answers.count { $0.labelRank <= k }) / Double(count)
    }
}
