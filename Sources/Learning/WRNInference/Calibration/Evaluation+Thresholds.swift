// SPDX-License-Identifier: Apache-2.0

public import WRNModel

extension Evaluation {
    /// The numbers of images that have an answer, where the others are unknown, and of right
    /// answers.
    public struct Answered: Codable, Hashable, Sendable {
        /// The least probability of an answer.
        public let threshold: Double
        /// The number of images with an answer.
        public let count: Int
        /// The number of right answers.
        public let correct: Int
        /// The number of all images.
        public let total: Int

        /// The fraction of images with an answer, in `0...1`.
        public var coverage: Double { Double(count) / Double(total) }

        /// The fraction of the answers that are right, in `0...1`; nil without answers.
        public var accuracy: Double? { count > 0 ? Double(correct) / Double(count) : nil }
    }

    /// The images that have an answer with these thresholds; ``Answered/threshold`` is the overall
    /// one.
    public func answered(with thresholds: AnswerThresholds) -> Answered {
        let kept = answers.filter {
            thresholds.accept($0.prediction, probability: $0.probability)
        }
        return Answered(
            threshold: thresholds.overall, count: kept.count,
            correct: kept.count(where: \.isCorrect),
            total: count)
    }

    /// How the accuracy of the answers rises as fewer images are answered: from all of them down, a
    /// point for about each hundredth of the images, with the smallest probability that is still
    /// enough as its threshold.
    public var tradeOff: [Answered] {
        let sorted = answers.sorted { $0.probability > $1.probability }
        var points: [Answered] = []
        var (position, correct) = (0, 0)
        while position < sorted.count {
            let threshold = sorted[position].probability
            // Equally sure answers go together.
            while position < sorted.count, sorted[position].probability == threshold {
                if sorted[position].isCorrect { correct += 1 }
                position += 1
            }
            let point = Answered(
                threshold: threshold, count: position, correct: correct, total: count)
            guard let last = points.last else {
                points.append(point)
                continue
            }
            if position * 100 / count > last.count * 100 / count || position == count {
                points.append(point)
            }
        }
        return points.reversed()
    }
}

extension Evaluation.Calibration {
    /// Sorts answers into bins of as many images each, up to one, by their confidence: no bin is
    /// nearly empty, wherever the model's confidences lie.
    ///
    /// The first `n mod binCount` bins have one image more. The edges of a bin are the smallest and
    /// the largest confidence in it.
    ///
    /// - Reference: Nguyen and O'Connor 2015, "Posterior Calibration and Exploratory Analysis for
    ///   Natural Language Processing Models", adaptive binning.
    init(
        adaptingTo answers: some Sequence<(confidence: Double, isCorrect: Bool)>,
        bins binCount: Int
    ) {
        precondition(binCount >= 1, "there are 1 bin or more, not \(binCount)")
        let sorted = answers.enumerated().sorted {
            ($0.element.confidence, $0.offset) < ($1.element.confidence, $1.offset)
        }.map(\.element)
        let (size, rest) = sorted.count.quotientAndRemainder(dividingBy: binCount)
        var bins: [Bin] = []
        var start = 0
        for number in 0..<binCount {
            let part = sorted[start..<start + size + (number < rest ? 1 : 0)]
            start = part.endIndex
            guard let first = part.first, let last = part.last else { continue }
            bins.append(
                Bin(
                    lower: first.confidence, upper: last.confidence, count: part.count,
                    meanConfidence: part.reduce(0) { $0 + $1.confidence } / Double(part.count),
                    accuracy: Double(part.count(where: \.isCorrect)) / Double(part.count)))
        }
        self.init(bins: bins)
    }
}

extension Evaluation {
    /// The comparison of the model's confidence with its accuracy in bins of as many images each.
    ///
    /// - Precondition: `bins` is 1 or more.
    public func adaptiveCalibration(bins: Int = 15) -> Calibration {
        Calibration(
            adaptingTo: answers.lazy.map { (confidence: $0.probability, isCorrect: $0.isCorrect) },
            bins: bins)
    }
}
