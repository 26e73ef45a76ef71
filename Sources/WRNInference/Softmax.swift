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
    private let logits: ArraySlice<Float>
    /// m + log(sum over k of exp(x[k] - m)).
    private let logSum: Double

    /// Computes what all probabilities share; nil unless every logit is finite.
    init?(_ logits: ArraySlice<Float>) {
        guard logits.allSatisfy(\.isFinite), var best = logits.indices.first else { return nil }
        for index in logits.indices where logits[index] > logits[best] { best = index }
        let largest = Double(logits[best])
        var sum = 0.0
        for logit in logits { sum += exp(Double(logit) - largest) }
        likeliest = best - logits.startIndex
        self.logits = logits
        logSum = largest + log(sum)
    }

    /// The probability of each class; the sum is 1 up to rounding.
    var probabilities: [Double] { logits.map { exp(Double($0) - logSum) } }

    /// The cross-entropy against a label: minus the logarithm of the label's probability.
    func loss(label: Int) -> Double {
        logSum - Double(logits[logits.startIndex + label])
    }
}
