// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNDatasets
import WRNThreads

/// The features of the images of an audit, one row for each image; those without features are left
/// out of what is computed from them.
struct FeatureTable: Sendable {
    /// The numbers of an image.
    let dimension: Int
    private(set) var values: [Float]
    private(set) var isPresent: [Bool]

    init(count: Int, dimension: Int) {
        self.dimension = dimension
        values = Array(repeating: 0, count: count * dimension)
        isPresent = Array(repeating: false, count: count)
    }

    /// Stores the features of an image.
    mutating func set(_ features: [Float], at index: Int) {
        values.replaceSubrange(index * dimension..<(index + 1) * dimension, with: features)
        isPresent[index] = true
    }

    func withRow<Result>(_ index: Int, _ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
        values.withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[index * dimension..<(index + 1) * dimension]))
        }
    }
}

/// A check of labels by the predictions of a small model for images that it was not fitted on, and
/// of images that are far from all classes.
///
/// The images of each class are dealt to ``foldCount`` folds in turn, copies together. For each
/// fold a ``LinearDiscriminant`` is fitted on the others. A label y is doubtful where the
/// probability of another class j is as high as is usual for images with the label j (the mean of
/// p[j] over them), and higher than that of y. The log of p[y] / p[j] orders the doubtful labels.
///
/// - Reference: Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in
///   Dataset Labels".
struct LabelCheck: Sendable {
    /// The number of folds.
    static let foldCount = 5
    /// The number of different images below which labels of a class are not checked.
    static let fewImages = 10
    /// The share of labels that the model agrees with below which its doubts are no evidence.
    static let weakAgreement = 0.5
    /// The deviations from the middle of all distances beyond which an image is far.
    static let farDeviations = 6.0

    /// A label that is doubtful.
    struct Doubt: Hashable, Sendable {
        let image: Int
        /// The class that the model predicts.
        let suggestion: Int
        /// The probability of the label.
        let probability: Float
        /// The probability of the suggestion.
        let suggestedProbability: Float
        /// The logarithm of the label's probability divided by the suggestion's.
        let logRatio: Float
    }

    /// An image that is far from all classes.
    struct FarImage: Hashable, Sendable {
        let image: Int
        /// The distance from the middle of all images' distances, in robust deviations.
        let deviations: Float
    }

    /// The doubtful labels, the most doubtful first.
    private(set) var doubts: [Doubt] = []
    /// The images that are far from all classes, the farthest first.
    private(set) var farImages: [FarImage] = []
    /// The share of labels that the model predicts; nil where none could be checked.
    private(set) var agreement: Double?
    /// The classes whose labels are not checked, because they have too few different images.
    private(set) var uncheckedClasses: [Int] = []
    /// The number of images whose labels were checked.
    private(set) var checkedCount = 0

    /// What is kept of the model's answer to an image.
    private struct Answer: Sendable {
        let image: Int
        /// The likeliest class other than the label.
        let other: Int
        let probability: Double
        let otherProbability: Double
        /// The logarithm of their quotient, which tells probabilities near 0 and 1 apart.
        let logRatio: Double
        let distance: Double
    }

    /// Checks the labels, on all processors; the result does not depend on their number.
    ///
    /// - Parameters:
    ///   - labels: The class of each image.
    ///   - copies: Images that show the same.
    ///   - isCancelled: Called now and then, on several threads; true cancels.
    /// - Throws: `CancellationError` when `isCancelled` returned true.
    init(
        _ features: FeatureTable, labels: [Int], classes: Int, copies: [CopyGroup],
        isCancelled: @Sendable () -> Bool = { false }
    ) throws {
        let leaders = Self.leaders(of: copies)
        // Copies share a fold, so that a class of copies of one image is a class of one image.
        var different = Array(repeating: Set<Int>(), count: classes)
        for index in labels.indices where features.isPresent[index] {
            different[labels[index]].insert(leaders[index] ?? index)
        }
        let counts = different.map(\.count)
        uncheckedClasses = counts.indices.filter { (1..<Self.fewImages).contains(counts[$0]) }
        let checked = labels.indices.filter {
            features.isPresent[$0] && counts[labels[$0]] >= Self.fewImages
        }
        guard counts.count(where: { $0 >= Self.fewImages }) >= 2 else { return }
        let folds = StratifiedDeal.folds(
            of: checked, labels: labels, first: Array(repeating: 0, count: classes),
            count: Self.foldCount, leader: { leaders[$0] ?? $0 })
        let models = try Self.models(folds, features, labels, classes, isCancelled)
        guard models.count == folds.count else { return }
        let answers = try Self.answers(folds, models, features, labels, isCancelled)
        checkedCount = answers.count
        judge(answers, labels, classes: classes)
    }

    /// The first image of the group of each image that has copies.
    private static func leaders(of copies: [CopyGroup]) -> [Int: Int] {
        var leaders: [Int: Int] = [:]
        for group in copies {
            for image in group.images { leaders[image] = group.images[0] }
        }
        return leaders
    }

    /// The model of each fold, fitted on all others; fewer where one cannot be computed.
    private static func models(
        _ folds: [[Int]], _ features: FeatureTable, _ labels: [Int], _ classes: Int,
        _ isCancelled: @Sendable () -> Bool
    ) throws -> [LinearDiscriminant] {
        let parts = Locked([DiscriminantSums?](repeating: nil, count: folds.count))
        DispatchQueue.concurrentPerform(iterations: folds.count) { fold in
            var sums = DiscriminantSums(dimension: features.dimension, classes: classes)
            for (turn, image) in folds[fold].enumerated() {
                if turn.isMultiple(of: 256), isCancelled() { return }
                features.withRow(image) { sums.add($0, label: labels[image]) }
            }
            parts.withLock { $0[fold] = sums }
        }
        let sums = parts.withLock { $0 }.compactMap(\.self)
        guard sums.count == folds.count else { throw CancellationError() }
        let total = sums.dropFirst().reduce(sums[0], +)
        let models = Locked([LinearDiscriminant?](repeating: nil, count: folds.count))
        DispatchQueue.concurrentPerform(iterations: folds.count) { fold in
            let model = LinearDiscriminant(total - sums[fold])
            models.withLock { $0[fold] = model }
        }
        return models.withLock { $0 }.compactMap(\.self)
    }

    /// The answers of the models to the images that they were not fitted on, in the order of the
    /// folds; none to an image whose label has no example in the other folds.
    private static func answers(
        _ folds: [[Int]], _ models: [LinearDiscriminant], _ features: FeatureTable,
        _ labels: [Int], _ isCancelled: @Sendable () -> Bool
    ) throws -> [Answer] {
        let parts = folds.indices.flatMap { fold in
            stride(from: 0, to: folds[fold].count, by: partSize).map { (fold: fold, start: $0) }
        }
        let all = Locked([[Answer]?](repeating: nil, count: parts.count))
        DispatchQueue.concurrentPerform(iterations: parts.count) { number in
            guard !isCancelled() else { return }
            let part = parts[number]
            let images = folds[part.fold][part.start...].prefix(partSize)
            let answers = images.compactMap { image -> Answer? in
                features.withRow(image) {
                    answer(models[part.fold].answer(to: $0), image, label: labels[image])
                }
            }
            all.withLock { $0[number] = answers }
        }
        let answers = all.withLock { $0 }.compactMap(\.self)
        guard answers.count == parts.count else { throw CancellationError() }
        return answers.flatMap(\.self)
    }

    private static let partSize = 256

    /// What is kept of a model's answer; nil where the model knows the label from no example, so
    /// that it cannot say anything about it, or no other class.
    private static func answer(
        _ answer: LinearDiscriminant.Answer, _ image: Int, label: Int
    ) -> Answer? {
        let scores = answer.scores
        let others = scores.indices.filter { $0 != label }
        let other = others.max { scores[$0] < scores[$1] } ?? label
        guard other != label, scores[label].isFinite, scores[other].isFinite else { return nil }
        return Answer(
            image: image, other: other, probability: answer.probability(of: label),
            otherProbability: answer.probability(of: other),
            logRatio: scores[label] - scores[other], distance: answer.distance)
    }

    /// Finds the doubtful labels and the far images.
    private mutating func judge(_ answers: [Answer], _ labels: [Int], classes: Int) {
        guard !answers.isEmpty else { return }
        let right = answers.count { $0.logRatio > 0 }
        agreement = Double(right) / Double(answers.count)
        var (sums, counts) = (
            Array(repeating: 0.0, count: classes), Array(repeating: 0, count: classes)
        )
        for answer in answers {
            sums[labels[answer.image]] += answer.probability
            counts[labels[answer.image]] += 1
        }
        let usual = sums.indices.map { sums[$0] / Double(max(counts[$0], 1)) }
        doubts = answers.filter {
            $0.logRatio < 0 && $0.otherProbability >= usual[$0.other]
        }.sorted { ($0.logRatio, $0.image) < ($1.logRatio, $1.image) }.map {
            Doubt(
                image: $0.image, suggestion: $0.other, probability: Float($0.probability),
                suggestedProbability: Float($0.otherProbability), logRatio: Float($0.logRatio))
        }
        let distances = answers.map(\.distance).sorted()
        let middle = distances[distances.count / 2]
        let spread = distances.map { abs($0 - middle) }.sorted()[distances.count / 2]
        // The median distance from the middle of a normal distribution is 0.6745 deviations.
        let deviation = max(spread / 0.6745, 1e-9 * max(middle, 1))
        farImages = answers.map {
            FarImage(image: $0.image, deviations: Float(($0.distance - middle) / deviation))
        }.filter { $0.deviations > Float(Self.farDeviations) }
            .sorted { (-$0.deviations, $0.image) < (-$1.deviations, $1.image) }
    }
}
