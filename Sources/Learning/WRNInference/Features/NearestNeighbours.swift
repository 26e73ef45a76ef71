// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
package import WRNFetch
import WRNTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A classification by the labelled examples whose features point in the most similar direction;
/// nothing is trained.
///
///     s[i] = <x, e[i]> / (|x| |e[i]|)
///     p[c] ~ sum of exp(s[i] / 0.07) over those of the k largest s[i] whose label is c
///
/// The temperature is that of Wu et al. 2018 ("Unsupervised Feature Learning via Non-Parametric
/// Instance Discrimination"). Features without a direction, all zero, have the similarity 0 with
/// everything.
package struct NearestNeighbours: Sendable {
    /// The temperature: the divisor of the similarities in a vote.
    package static let temperature = 0.07

    /// The names of the classes.
    package let classNames: [String]
    /// The class of each example.
    package let labels: [Int]
    private let dimension: Int
    /// The examples' directions, one after another.
    private let directions: [Float]

    /// Normalises the features of examples to directions.
    ///
    /// - Parameters:
    ///   - features: The features of each, all of one length.
    ///   - labels: The class of each, in `0 ..< classNames.count`.
    /// - Precondition: There is at least one example, and a label for each.
    package init(classNames: [String], features: [[Float]], labels: [Int]) {
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
    package var count: Int { labels.count }

    /// All classes with their shares of the votes, the likeliest first; of equal ones the one with
    /// the smaller number.
    ///
    /// Of equally similar examples the earlier ones are nearer.
    ///
    /// - Parameter k: The number of examples that vote; all when there are fewer.
    /// - Precondition: `k` is 1 or more, and there are as many features as the examples have.
    package func classify(_ features: [Float], k: Int = 5) -> [Prediction] {
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
        return Prediction.ranked(votes, of: sum) { classNames[$0] }
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

/// A classifier of image files by the labelled images whose features are nearest: for data sets too
/// small to train on.
///
///     let extractor = try FeatureExtractor(contentsOf: "model.safetensors")
///     let examples = try DataSource("photos").load(.train)
///     let classifier = try NeighbourClassifier(extractor, examples: examples)
///     try classifier.classify(files) { index, answer in ... }
///
/// The features are those of all the extractor's layers, one after another. A classifier is used by
/// one thread at a time.
package final class NeighbourClassifier {
    /// The extractor of the features.
    package let extractor: FeatureExtractor
    /// The examples.
    package let neighbours: NearestNeighbours
    /// The number of examples that vote on an image.
    package let k: Int

    /// Computes the features of labelled images.
    ///
    /// - Parameters:
    ///   - k: The number of them that vote on an image, 1 or more.
    ///   - isCancelled: Called before each batch; true stops.
    /// - Throws: ``InferenceError`` when the images do not fit the model, there are none, or a
    ///   feature is not finite; a `DataError` for a file that is no image; `CancellationError` when
    ///   `isCancelled` returns true.
    /// - Precondition: `k` is 1 or more.
    package init(
        _ extractor: FeatureExtractor, examples: any ImageSet, k: Int = 5,
        isCancelled: () -> Bool = { false }
    ) throws {
        precondition(k >= 1, "\(k) examples vote")
        guard examples.count > 0 else { throw InferenceError.noImages(dataset: examples.name) }
        var features: [[Float]] = []
        for start in stride(from: 0, to: examples.count, by: extractor.batch) {
            guard !isCancelled() else { throw CancellationError() }
            let indices = Array(start..<min(start + extractor.batch, examples.count))
            features += try extractor.features(of: examples, indices: indices)
                .map(Self.vector)
        }
        neighbours = NearestNeighbours(
            classNames: examples.classNames, features: features, labels: examples.labels)
        self.extractor = extractor
        self.k = k
    }

    /// Classifies image files: for each, all classes with their shares of the votes, or the file's
    /// error.
    ///
    /// - Parameter answer: Called with the answers in the order of the files.
    /// - Throws: What ``FeatureExtractor/features(of:isCancelled:answer:)`` throws.
    package func classify(
        _ files: ImageList, isCancelled: () -> Bool = { false },
        answer: (_ index: Int, Classifier.FileAnswer) throws -> Void
    ) throws {
        try classifyFiles(files, keepsImages: false, isCancelled: isCancelled) { index, result in
            try answer(index, result.map(\.predictions))
        }
    }

    /// Classifies image files as ``classify(_:isCancelled:answer:)`` does.
    ///
    /// - Parameter keepsImages: Whether the answers have the images as they are stored, of which a
    ///   few are in memory at once.
    package func classifyFiles(
        _ files: ImageList, keepsImages: Bool, isCancelled: () -> Bool,
        answer: (_ index: Int, Result<ClassifiedImage, DataError>) throws -> Void
    ) throws {
        try extractor.fileFeatures(
            of: files, keepsImages: keepsImages, isCancelled: isCancelled
        ) { index, result in
            try answer(
                index,
                result.map { found in
                    ClassifiedImage(
                        image: found.image,
                        predictions: neighbours.classify(Self.vector(found.features), k: k))
                })
        }
    }

    private static func vector(_ features: FeatureExtractor.Features) -> [Float] {
        features.flatMap(\.elements)
    }
}
