// SPDX-License-Identifier: Apache-2.0

import WRNModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The choice of a threshold above which answers are right as often as wanted.
///
/// Of the answers to a sample the threshold with the most answers is searched whose share of wrong
/// answers among all images of the same kind is below `1 - accuracy` with the wanted confidence.
/// Each of the k thresholds that the search compares is tested with the part `(1 - confidence) / k`
/// of the remaining doubt, so that the statement holds for the one that is chosen.
///
/// - Reference: Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural Networks",
///   algorithm 1 (selection with guaranteed risk).
struct ThresholdChoice {
    /// The wanted share of right answers, in `0...1`.
    let accuracy: Double
    /// The confidence of the statement, above 0 and below 1.
    let confidence: Double

    /// The smallest threshold that was found; nil where none suffices.
    ///
    /// - Parameter answers: For each image the probability of its predicted class, and whether that
    ///   class is right.
    func threshold(_ answers: [(confidence: Double, isCorrect: Bool)]) -> Double? {
        guard !answers.isEmpty else { return nil }
        // The surest first.
        let sorted = answers.sorted { $0.confidence > $1.confidence }
        let wrong = sorted.reduce(into: [0]) {
            $0.append($0[$0.count - 1] + ($1.isCorrect ? 0 : 1))
        }
        let steps = Int(log2(Double(sorted.count)).rounded(.up)) + 1
        let doubt = (1 - confidence) / Double(steps)
        /// The threshold that answers at least `count` images, if it suffices.
        func suffices(_ count: Int) -> Bool {
            let answered = lastOfEqual(sorted, count)
            return BinomialBound(doubt: doubt).upper(wrong[answered], of: answered) < 1 - accuracy
        }
        // All are answered where that suffices.
        if suffices(sorted.count) { return 0 }
        var (enough, tooMany) = (0, sorted.count)
        for _ in 1..<max(steps, 2) where tooMany - enough > 1 {
            let middle = (enough + tooMany) / 2
            if suffices(middle) { enough = middle } else { tooMany = middle }
        }
        return enough > 0 ? sorted[enough - 1].confidence : nil
    }

    /// The number of images with at least the confidence of image number `count` from the surest.
    private func lastOfEqual(
        _ sorted: [(confidence: Double, isCorrect: Bool)], _ count: Int
    ) -> Int {
        var last = count
        while last < sorted.count, sorted[last].confidence == sorted[count - 1].confidence {
            last += 1
        }
        return last
    }
}

/// The upper bound of a share of which a sample is known (Clopper and Pearson): the largest share
/// under which so few hits are not less likely than the doubt.
///
///     sum over j in 0...hits of  C(count, j) b^j (1 - b)^(count - j) = doubt
struct BinomialBound {
    /// The probability that the share is above the bound, above 0 and below 1.
    let doubt: Double

    /// The bound b.
    ///
    /// - Precondition: `hits` is in `0 ... count`, and `count` is 1 or more.
    func upper(_ hits: Int, of count: Int) -> Double {
        precondition(count >= 1 && (0...count).contains(hits), "no share is \(hits) of \(count)")
        guard hits < count else { return 1 }
        var (low, high) = (Double(hits) / Double(count), 1.0)
        while true {
            let middle = (low + high) / 2
            guard low < middle, middle < high else { return high }
            if tail(hits, count, middle) > doubt { low = middle } else { high = middle }
        }
    }

    /// The probability of at most so many hits with a share above 0 and below 1.
    private func tail(_ hits: Int, _ count: Int, _ share: Double) -> Double {
        let ratio = log(share) - log1p(-share)
        var logarithm = Double(count) * log1p(-share)
        var (largest, sum) = (logarithm, 1.0)
        for hit in 0..<hits {
            logarithm += ratio + log(Double(count - hit) / Double(hit + 1))
            if logarithm > largest {
                sum = sum * exp(largest - logarithm) + 1
                largest = logarithm
            } else {
                sum += exp(logarithm - largest)
            }
        }
        return min(exp(largest) * sum, 1)
    }
}
