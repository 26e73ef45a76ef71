// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Classifies by the labelled examples whose features point in the most similar direction; nothing is trained.
///
///     s[i] = <x, e[i]> / (|x| |e[i]|)
///     p[c] ~ sum of exp(s[i] / 0.07) over those of the k largest s[i] whose label is c
///
/// The temperature is that of Wu et al. 2018 ("Unsupervised Feature Learning via Non-Parametric Instance Discrimination"). Features
/// without a direction, all zero, have the similarity 0 with everything.
public struct NearestNeighbours: Sendable {
    /// What the similarities of a vote are divided by.
    public static let temperature = 0.07

    /// What the classes are called.
    public let classNames: [String]
    /// The class of each example.
    public let labels: [Int]
    private let dimension: Int
    /// The examples' directions, one after the other.
    private let directions: [Float]

    /// Takes in examples.
    ///
    /// - Parameters:
    ///   - features: The features of each, all of one length.
    ///   - labels: The class of each, in `0 ..< classNames.count`.
    /// - Precondition: There is at least one example, and a label for each.
    public init(classNames: [String], features: [[Float]], labels: [Int]) {
        precondition(!features.isEmpty, "neighbours need at least one example")
        precondition(
            labels.count == features.count && labels.allSatisfy(classNames.indices.contains),
            "each of \(features.count) examples has one of \(classNames.count) classes")
        dimension = features[0].count
        var directions: [Float] = []
        directions.reserveCapacity(features.count * features[0].count)
        for example in features {
            precondition(
                example.count == features[0].count,
                "\(example.count) features beside \(features[0].count)")
            directions += Self.direction(example)
        }
        self.directions = directions
        self.labels = labels
        self.classNames = classNames
    }

    /// The number of examples.
    public var count: Int { labels.count }

    /// All classes with their shares of the votes, the likeliest first; of equal ones the one with the smaller number.
    ///
    /// Of equally similar examples the earlier ones are nearer.
    ///
    /// - Parameter k: How many examples vote; all when there are fewer.
    /// - Precondition: `k` is 1 or more, and there are as many features as the examples have.
    public func classify(_ features: [Float], k: Int = 5) -> [Prediction] {
        precondition(k >= 1 && features.count == dimension, "\(k) of \(dimension) features vote")
        let direction = Self.direction(features)
        let similarities = (0..<count).map { similarity(of: $0, to: direction) }
        let nearest = similarities.indices
            .sorted { (similarities[$1], $0) < (similarities[$0], $1) }.prefix(k)
        let largest = nearest.first.map { similarities[$0] } ?? 0
        var votes = [Double](repeating: 0, count: classNames.count)
        for index in nearest {
            votes[labels[index]] += exp((similarities[index] - largest) / Self.temperature)
        }
        let sum = votes.reduce(0, +)
        return votes.indices.sorted { (votes[$1], $0) < (votes[$0], $1) }.map {
            Prediction(
                classIndex: $0, className: classNames[$0], probability: votes[$0] / sum)
        }
    }

    private func similarity(of example: Int, to direction: [Float]) -> Double {
        var sum = 0.0
        for index in 0..<dimension {
            sum += Double(directions[example * dimension + index]) * Double(direction[index])
        }
        return sum
    }

    /// The vector of length 1 in the same direction; zeros stay zeros.
    private static func direction(_ features: [Float]) -> [Float] {
        let length = features.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return length > 0 ? features.map { Float(Double($0) / length) } : features
    }
}
