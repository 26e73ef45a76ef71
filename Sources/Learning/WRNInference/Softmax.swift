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
///
/// Where the model is calibrated, x are the logits divided by its temperature.
struct Softmax {
    /// The class with the largest logit; the first of several.
    let likeliest: Int
    private let logits: [Double]
    /// m + log(sum over k of exp(x[k] - m)).
    private let logSum: Double

    /// Computes the sum that all probabilities share; nil unless every logit is finite.
    init?(_ logits: ArraySlice<Float>, temperature: Double = 1) {
        guard !logits.isEmpty, logits.allSatisfy(\.isFinite) else { return nil }
        // A division by 1 changes no bit.
        let logits = logits.map { Double($0) / temperature }
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

    /// The means of several answers' probabilities; of equal answers it is that answer.
    ///
    /// Logarithms distinguish values that are too small for probabilities.
    ///
    /// - Precondition: There is an answer, and all have as many classes.
    init(averaging answers: [Softmax]) {
        precondition(!answers.isEmpty, "no answers have no mean")
        guard answers.count > 1 else {
            self = answers[0]
            return
        }
        self.init(
            logarithms: answers[0].logits.indices.map { index in
                let logarithms = answers.map { $0.logits[index] - $0.logSum }
                let largest = logarithms.reduce(-.infinity, max)
                let sum = logarithms.reduce(0) { $0 + exp($1 - largest) }
                return largest + log(sum / Double(answers.count))
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
