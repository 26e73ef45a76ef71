// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sums over examples from which a ``LinearDiscriminant`` is computed; those of parts of a data set
/// are added, so that each fold's model is the total less that fold.
struct DiscriminantSums: Sendable {
    let dimension: Int
    let classes: Int
    private(set) var counts: [Int]
    /// The sum of the features of each class, one class after another.
    private(set) var sums: [Double]
    /// The sums of the products of two features, the lower triangle of a matrix by rows.
    private(set) var products: [Double]

    init(dimension: Int, classes: Int) {
        self.dimension = dimension
        self.classes = classes
        counts = Array(repeating: 0, count: classes)
        sums = Array(repeating: 0, count: classes * dimension)
        products = Array(repeating: 0, count: dimension * dimension)
    }

    /// Adds an example.
    mutating func add(_ features: UnsafeBufferPointer<Float>, label: Int) {
        counts[label] += 1
        let start = label * dimension
        sums.withUnsafeMutableBufferPointer { sums in
            for place in 0..<dimension { sums[start + place] += Double(features[place]) }
        }
        products.withUnsafeMutableBufferPointer { products in
            for row in 0..<dimension {
                let value = Double(features[row])
                guard value != 0 else { continue }
                let start = row * dimension
                for column in 0...row {
                    products[start + column] += value * Double(features[column])
                }
            }
        }
    }

    static func + (one: DiscriminantSums, other: DiscriminantSums) -> DiscriminantSums {
        combined(one, other, sign: 1)
    }

    static func - (one: DiscriminantSums, other: DiscriminantSums) -> DiscriminantSums {
        combined(one, other, sign: -1)
    }

    private static func combined(
        _ one: DiscriminantSums, _ other: DiscriminantSums, sign: Double
    ) -> DiscriminantSums {
        var result = one
        for place in one.counts.indices { result.counts[place] += Int(sign) * other.counts[place] }
        for place in one.sums.indices { result.sums[place] += sign * other.sums[place] }
        for place in one.products.indices { result.products[place] += sign * other.products[place] }
        return result
    }
}

/// A linear classifier: Gaussians of one covariance S around the means m of the classes.
///
///     p[c](x) ~ n[c] exp(-(x - m[c])' S^-1 (x - m[c]) / 2)
///     S = (1 - a) W + a (trace(W) / D) I,    W: the covariance within classes
///
/// It is computed in closed form from sums, and one wrong label moves it little. The shrinkage a
/// keeps S regular where there are few examples.
struct LinearDiscriminant: Sendable {
    /// The shrinkage a.
    static let shrinkage = 0.1

    private let dimension: Int
    private let classes: Int
    /// S^-1 m[c]: for each feature those of all classes, which makes loops without dependencies.
    private let weights: [Double]
    /// ln n[c] - m[c]' S^-1 m[c] / 2; negative infinity for a class without examples.
    private let offsets: [Double]
    /// ln n[c].
    private let priors: [Double]
    /// The upper triangle of the factor L' of S = L L', by rows.
    private let factor: [Double]

    /// Computes the classifier; nil where all examples of each class are equal, or there are not
    /// more examples than classes.
    init?(_ sums: DiscriminantSums) {
        let (dimension, classes) = (sums.dimension, sums.classes)
        let total = sums.counts.reduce(0, +)
        guard total > classes else { return nil }
        var means = sums.sums
        for label in 0..<classes where sums.counts[label] > 0 {
            for place in 0..<dimension {
                means[label * dimension + place] /= Double(sums.counts[label])
            }
        }
        var covariance = sums.products
        for label in 0..<classes {
            let start = label * dimension
            for row in 0..<dimension {
                let value = sums.sums[start + row]
                for column in 0...row {
                    covariance[row * dimension + column] -= value * means[start + column]
                }
            }
        }
        let scale = 1 / Double(total - classes)
        let trace = (0..<dimension).reduce(0.0) { $0 + covariance[$1 * dimension + $1] } * scale
        guard trace > 1e-12 else { return nil }
        for place in covariance.indices { covariance[place] *= scale * (1 - Self.shrinkage) }
        for row in 0..<dimension {
            covariance[row * dimension + row] += Self.shrinkage * trace / Double(dimension)
        }
        guard Self.factorize(&covariance, dimension) else { return nil }
        let factor = Self.transposed(covariance, dimension)
        var weights = Array(repeating: 0.0, count: classes * dimension)
        var (priors, offsets): ([Double], [Double]) = ([], [])
        for label in 0..<classes {
            let mean = Array(means[label * dimension..<(label + 1) * dimension])
            let solution = Self.solve(factor, dimension, mean)
            for place in 0..<dimension { weights[place * classes + label] = solution[place] }
            let square = zip(mean, solution).reduce(0.0) { $0 + $1.0 * $1.1 }
            let count = sums.counts[label]
            priors.append(count > 0 ? log(Double(count)) : -.infinity)
            offsets.append(priors[label] - square / 2)
        }
        self.dimension = dimension
        self.classes = classes
        self.weights = weights
        self.offsets = offsets
        self.priors = priors
        self.factor = factor
    }

    /// The answer to an example.
    struct Answer: Sendable {
        /// The logarithms of the classes' probabilities, up to a sum that they share.
        let scores: [Double]
        /// The Mahalanobis distance from the nearest mean, `sqrt((x - m)' S^-1 (x - m))`.
        let distance: Double

        /// The probability of a class.
        func probability(of label: Int) -> Double {
            let largest = scores.max() ?? 0
            return exp(scores[label] - largest)
                / scores.reduce(0) { $0 + exp($1 - largest) }
        }
    }

    /// Classifies an example.
    func answer(to features: UnsafeBufferPointer<Float>) -> Answer {
        var scores = offsets
        weights.withUnsafeBufferPointer { weights in
            scores.withUnsafeMutableBufferPointer { scores in
                for place in 0..<dimension {
                    let (value, start) = (Double(features[place]), place * classes)
                    for label in 0..<classes { scores[label] += value * weights[start + label] }
                }
            }
        }
        let solution = Self.forward(factor, dimension, features.map(Double.init))
        let square = solution.reduce(0.0) { $0 + $1 * $1 }
        // (x - m)' S^-1 (x - m) = x' S^-1 x - 2 (x' S^-1 m - m' S^-1 m / 2)
        let nearest = scores.indices.reduce(-Double.infinity) {
            priors[$1] > -.infinity ? max($0, scores[$1] - priors[$1]) : $0
        }
        return Answer(scores: scores, distance: max(square - 2 * nearest, 0).squareRoot())
    }

    /// Replaces the lower triangle of a symmetric matrix by its Cholesky factor; false where it is
    /// not positive definite.
    private static func factorize(_ matrix: inout [Double], _ dimension: Int) -> Bool {
        matrix.withUnsafeMutableBufferPointer { matrix in
            for row in 0..<dimension {
                for column in 0...row {
                    let (a, b) = (row * dimension, column * dimension)
                    var sum = matrix[a + column]
                    for place in 0..<column { sum -= matrix[a + place] * matrix[b + place] }
                    if column < row {
                        matrix[a + column] = sum / matrix[b + column]
                    } else {
                        guard sum > 0 else { return false }
                        matrix[a + row] = sum.squareRoot()
                    }
                }
            }
            return true
        }
    }

    private static func transposed(_ lower: [Double], _ dimension: Int) -> [Double] {
        var upper = Array(repeating: 0.0, count: lower.count)
        for row in 0..<dimension {
            for column in 0...row {
                upper[column * dimension + row] = lower[row * dimension + column]
            }
        }
        return upper
    }

    /// The solution of L y = b, for L' by rows.
    private static func forward(
        _ factor: [Double], _ dimension: Int, _ vector: [Double]
    ) -> [Double] {
        var solution = vector
        factor.withUnsafeBufferPointer { factor in
            solution.withUnsafeMutableBufferPointer { solution in
                for row in 0..<dimension {
                    let start = row * dimension
                    let value = solution[row] / factor[start + row]
                    solution[row] = value
                    for below in row + 1..<dimension {
                        solution[below] -= value * factor[start + below]
                    }
                }
            }
        }
        return solution
    }

    /// The solution of L L' x = b, for L' by rows.
    private static func solve(
        _ factor: [Double], _ dimension: Int, _ vector: [Double]
    ) -> [Double] {
        var solution = forward(factor, dimension, vector)
        for row in (0..<dimension).reversed() {
            var sum = solution[row]
            for column in row + 1..<dimension {
                sum -= factor[row * dimension + column] * solution[column]
            }
            solution[row] = sum / factor[row * dimension + row]
        }
        return solution
    }
}
