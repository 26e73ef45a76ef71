// SPDX-License-Identifier: Apache-2.0

extension Evaluation {
    /// The number of images of each class that a model assigned to each class.
    ///
    /// Only numbers above 0 are stored, so a model of a million classes takes no more memory than
    /// its images.
    public struct ConfusionMatrix: Hashable, Sendable {
        /// The number of images of one class that were assigned to another.
        public struct Confusion: Codable, Hashable, Sendable {
            /// The class that the images belong to.
            public let label: Int
            /// The class that they were assigned to.
            public let prediction: Int
            /// The number of images.
            public let count: Int
        }

        /// The number of classes.
        public let classes: Int
        private let counts: [Place: Int]

        private struct Place: Hashable {
            let label: Int
            let prediction: Int
        }

        /// Counts pairs of true and predicted classes.
        ///
        /// - Precondition: All of them are in `0 ..< classes`.
        public init(classes: Int, pairs: some Sequence<(label: Int, prediction: Int)>) {
            var counts: [Place: Int] = [:]
            for (label, prediction) in pairs {
                precondition(
                    (0..<classes).contains(label) && (0..<classes).contains(prediction),
                    "of \(classes) classes none is \(label) or \(prediction)")
                counts[Place(label: label, prediction: prediction), default: 0] += 1
            }
            self.classes = classes
            self.counts = counts
        }

        /// The number of images of the class `label` that were assigned to the class `prediction`.
        ///
        /// - Precondition: Both are in `0 ..< classes`.
        public subscript(label label: Int, prediction prediction: Int) -> Int {
            precondition(
                (0..<classes).contains(label) && (0..<classes).contains(prediction),
                "of \(classes) classes none is \(label) or \(prediction)")
            return counts[Place(label: label, prediction: prediction)] ?? 0
        }

        /// All numbers: a row for each true class, with a column for each predicted one.
        ///
        /// They take classes^2 words.
        public var rows: [[Int]] {
            var rows = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
            for (place, count) in counts { rows[place.label][place.prediction] = count }
            return rows
        }

        /// The number of images.
        public var count: Int { counts.values.reduce(0, +) }

        /// The numbers beside the diagonal that are above 0, the largest first; equal ones in the
        /// order of label and prediction.
        public var confusions: [Confusion] {
            counts.filter { $0.key.label != $0.key.prediction }
                .map { Confusion(label: $0.label, prediction: $0.prediction, count: $1) }
                .sorted {
                    ($1.count, $0.label, $0.prediction) < ($0.count, $1.label, $1.prediction)
                }
        }
    }
}

extension Evaluation {
    /// The number of images of each class (rows) that were assigned to each class (columns).
    public var confusionMatrix: ConfusionMatrix {
        ConfusionMatrix(
            classes: classes.count,
            pairs: answers.lazy.map { (label: $0.label, prediction: $0.prediction) })
    }
}
