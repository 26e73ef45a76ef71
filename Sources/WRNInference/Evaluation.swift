// SPDX-License-Identifier: Apache-2.0

/// How well a model does on a set of labelled images.
public struct Evaluation: Codable, Hashable, Sendable {
    /// The part of the images that belong to one class.
    public struct ClassResult: Codable, Hashable, Sendable {
        /// The class's name.
        public let name: String
        /// How many images belong to the class.
        public let count: Int
        /// How many of them the model gave to the class.
        public let correct: Int

        /// Creates the result of one class.
        public init(name: String, count: Int, correct: Int) {
            self.name = name
            self.count = count
            self.correct = correct
        }

        /// The fraction of the class's images that are right, in `0...1`; nil for a class without images.
        public var accuracy: Double? {
            count > 0 ? Double(correct) / Double(count) : nil
        }
    }

    /// The mean softmax cross-entropy over all images, in nats.
    public let loss: Double
    /// How many images there are.
    public let count: Int
    /// How many of them have their label as the likeliest class.
    public let correct: Int
    /// The same for each class, in the order of the model's classes.
    public let classes: [ClassResult]
    /// What was wrong with the files that were left out; none of them counts.
    public let broken: [String]

    /// Creates the result of an evaluation.
    ///
    /// - Precondition: `classes` is not empty of images.
    public init(loss: Double, classes: [ClassResult], broken: [String] = []) {
        self.loss = loss
        self.classes = classes
        self.broken = broken
        count = classes.map(\.count).reduce(0, +)
        correct = classes.map(\.correct).reduce(0, +)
        precondition(count > 0, "an evaluation has at least one image, not \(count)")
    }

    /// The fraction of images that are right, in `0...1`.
    public var accuracy: Double { Double(correct) / Double(count) }

    /// The fraction of images that are wrong, in `0...1`: what the paper's tables show, in percent.
    public var error: Double { Double(count - correct) / Double(count) }
}
