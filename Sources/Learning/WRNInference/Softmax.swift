// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The softmax of one image's logits, in double precision.
///
///     p[c] = exp(x[c] - m) / sum over k of exp(x[k] - m),   m = max x
struct Softmax {
    /// The class with the largest logit; the first of several.
    let likeliest: Int
    private let logits: [Double]
    /// m + log(sum over k of exp(x[k] - m)).
    private let logSum: Double

    /// Computes the sum that all probabilities share; nil unless every logit is finite.
    init?(_ logits: ArraySlice<Float>) {
        guard !logits.isEmpty, logits.allSatisfy(\.isFinite) else { return nil }
        let logits = logits.map(Double.init)
        likeliest = Self.largest(of: logits)
        let largest = logits[likeliest]
        var sum = 0.0
        for logit in logits { sum += exp(logit - largest) }
        self.logits = logits
        logSum = largest + log(sum)
    }

    private init(logarithms: [Double]) {
        likeliest = Self.largest(of: logarithms)
        logits = logarithms
        logSum = 0
    }

    /// The means of two answers' probabilities; of two equal answers it is that answer.
    ///
    /// Logarithms distinguish values that are too small for probabilities.
    func averaged(with other: Softmax) -> Softmax {
        Softmax(
            logarithms: zip(logits, other.logits).map { own, others in
                let (own, others) = (own - logSum, others - other.logSum)
                let larger = max(own, others)
                return larger + log((exp(own - larger) + exp(others - larger)) / 2)
            })
    }

    /// The probability of each class; the sum is 1 up to rounding.
    var probabilities: [Double] { logits.map { exp($0 - logSum) } }

    /// The probability of one class.
    func probability(of label: Int) -> Double { exp(logits[label] - logSum) }

    /// A class's place from the likeliest, which has 1; of equally likely ones the smaller number
    /// comes first.
    func rank(of label: Int) -> Int {
        let own = logits[label]
        var rank = 1
        for index in 0..<label where logits[index] >= own { rank += 1 }
        for index in label..<logits.count where logits[index] > own { rank += 1 }
        return rank
    }

    /// The cross-entropy against a label: minus the logarithm of the label's probability.
    func loss(label: Int) -> Double {
        logSum - logits[label]
    }

    private static func largest(of logits: [Double]) -> Int {
        var best = 0
        for index in logits.indices where logits[index] > logits[best] { best = index }
        return best
    }
}
