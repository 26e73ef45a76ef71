// SPDX-License-Identifier: Apache-2.0

extension Evaluation {
    /// What a model said of one labelled image.
    public struct Answer: Codable, Hashable, Sendable {
        /// The image's index in its set.
        public let index: Int
        /// The class that the image belongs to, in the model's numbers.
        public let label: Int
        /// The class that the model holds likeliest; the first of several.
        public let prediction: Int
        /// The probability that the model gives to its prediction, in `0...1`: its confidence.
        public let probability: Double
        /// The probability that the model gives to the label, in `0...1`.
        public let labelProbability: Double
        /// The label's place among the classes from the likeliest, which has 1; of equally likely ones the smaller number comes first.
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

        /// Whether the prediction is the label.
        public var isCorrect: Bool { prediction == label }

        /// Whether a model of some classes can have given this answer.
        func isPossible(classes: Int) -> Bool {
            (0..<classes).contains(label) && (0..<classes).contains(prediction)
                && (isCorrect ? labelRank == 1 : labelRank > 1 && labelRank <= classes)
                && (0...1).contains(probability) && (0...1).contains(labelProbability)
        }
    }
}

extension Evaluation.Answer {
    init(_ softmax: Softmax, index: Int, label: Int) {
        self.init(
            index: index, label: label, prediction: softmax.likeliest,
            probability: softmax.probability(of: softmax.likeliest),
            labelProbability: softmax.probability(of: label), labelRank: softmax.rank(of: label))
    }
}
