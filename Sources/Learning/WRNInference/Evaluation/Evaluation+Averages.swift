// SPDX-License-Identifier: Apache-2.0

extension Evaluation {
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
    /// As in scikit-learn's `classification_report`, a class without images to which none was given is left out, and for the others
    /// what is undefined counts as 0.
    public var macroAverages: Averages {
        averages { $0.count + $0.predicted > 0 ? 1 : 0 }
    }

    /// The means in which each class counts by its images; what is undefined counts as 0.
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
