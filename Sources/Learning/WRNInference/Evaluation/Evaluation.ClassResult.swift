// SPDX-License-Identifier: Apache-2.0

extension Evaluation {
    /// How well a model tells one class from the others.
    public struct ClassResult: Codable, Hashable, Sendable {
        /// The class's name.
        public let name: String
        /// How many images belong to the class: its support.
        public let count: Int
        /// How many images the model gave to the class, rightly or wrongly.
        public let predicted: Int
        /// How many images belong to the class and were given to it: its true positives.
        public let correct: Int

        /// Creates the result of one class.
        public init(name: String, count: Int, predicted: Int, correct: Int) {
            self.name = name
            self.count = count
            self.predicted = predicted
            self.correct = correct
        }

        /// The fraction of the class's images that are right, in `0...1`; nil for a class without images.
        ///
        /// It is ``recall``.
        public var accuracy: Double? { recall }

        /// The fraction of the images given to the class that belong to it, in `0...1`; nil where none was given to it.
        ///
        ///     precision = correct / predicted
        public var precision: Double? { Self.ratio(correct, predicted) }

        /// The fraction of the class's images that were given to it, in `0...1`; nil for a class without images.
        ///
        ///     recall = correct / count
        public var recall: Double? { Self.ratio(correct, count) }

        /// The harmonic mean of precision and recall, in `0...1`; nil for a class without images to which none was given.
        ///
        ///     F1 = 2 correct / (count + predicted)
        ///
        /// It is 0 where only one of the two is undefined.
        public var f1: Double? { Self.ratio(2 * correct, count + predicted) }

        private static func ratio(_ part: Int, _ whole: Int) -> Double? {
            whole > 0 ? Double(part) / Double(whole) : nil
        }
    }
}
