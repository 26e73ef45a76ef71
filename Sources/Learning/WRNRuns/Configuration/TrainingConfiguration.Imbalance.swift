// SPDX-License-Identifier: Apache-2.0

package import WRNBatches
import WRNModel

extension TrainingConfiguration {
    /// The weights of the classes in the training loss, for classes with very different numbers of
    /// images.
    ///
    ///     loss = sum over images of w[label] · -log p[label] / sum over images of w[label]
    ///
    /// as PyTorch's `CrossEntropyLoss(weight:)` computes it for each batch. With smoothed labels or
    /// mixed images each part of a target has its class's weight.
    public enum ClassWeights: String, Codable, CaseIterable, Hashable, Sendable {
        /// The same weight for each class.
        case none
        /// n / (k n(c)) for the n(c) of n training images that belong to class c, one of k classes
        /// that have images: as scikit-learn's `class_weight="balanced"`.
        case balanced
        /// (1 - β) / (1 - β^n(c)), scaled so that the mean over the classes is 1.
        ///
        /// Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples".
        case effectiveNumber = "effective-number"

        /// The weights for classes with these numbers of images; nil where all are the same.
        ///
        /// A class without images has the weight 1.
        package func values(counts: [Int], beta: Double) -> [Double]? {
            let present = counts.filter { $0 > 0 }
            let classes = Double(present.count)
            switch self {
            case .none: return nil
            case .balanced:
                let total = Double(present.reduce(0, +))
                return counts.map { $0 > 0 ? total / (classes * Double($0)) : 1 }
            case .effectiveNumber:
                let raw = counts.map { (1 - beta) / (1 - Self.power(beta, $0)) }
                let sum = zip(raw, counts).reduce(0) { $1.1 > 0 ? $0 + $1.0 : $0 }
                return zip(raw, counts).map { $1 > 0 ? $0 * classes / sum : 1 }
            }
        }

        /// A power by repeated squaring, which rounds the same on every system.
        private static func power(_ base: Double, _ exponent: Int) -> Double {
            var (result, square, rest) = (1.0, base, exponent)
            while rest > 0 {
                if rest & 1 == 1 { result *= square }
                square *= square
                rest >>= 1
            }
            return result
        }
    }

    /// How the images of an epoch are drawn; an epoch always has as many as there are training
    /// images.
    public enum Sampler: String, Codable, CaseIterable, Hashable, Sendable {
        /// Each image once.
        case uniform
        /// As many images of each class, those of small classes several times.
        case balanced
        /// Images in proportion to the square root of their class's number.
        case squareRoot = "square-root"
    }

    /// The order of the images of an epoch.
    package func order(epoch: Int) -> BatchOrder {
        switch stepRules.sampler {
        case .uniform: .shuffled(seed: seed, epoch: epoch)
        case .balanced: .drawn(.equal, seed: seed, epoch: epoch)
        case .squareRoot: .drawn(.squareRoot, seed: seed, epoch: epoch)
        }
    }

    /// The weights of the classes for training images with these labels; nil where all are the
    /// same.
    package func classWeights(labels: [Int]) -> [Double]? {
        var counts = [Int](repeating: 0, count: model.classes)
        for label in labels { counts[label] += 1 }
        return stepRules.classWeights.values(counts: counts, beta: stepRules.classWeightBeta)
    }
}
