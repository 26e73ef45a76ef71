// SPDX-License-Identifier: Apache-2.0

extension Evaluation {
    /// The confidence interval of the accuracy on all images of the same kind: Wilson's score
    /// interval.
    ///
    ///     (p + z²/2n ± z · sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n)
    ///
    /// for n images of which the share p is right, and the quantile z of the normal distribution at
    /// `(1 + confidence) / 2`. It covers the choice of the images alone; another training gives
    /// another model. Where all images are right it ends at 1 and begins below it: 209 right ones
    /// of 209 give 0.982...1.
    ///
    /// - Precondition: `confidence` is above 0 and below 1.
    /// - Reference: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical
    ///   Inference"; Brown, Cai and DasGupta 2001, "Interval Estimation for a Binomial Proportion".
    public func accuracyInterval(confidence: Double = 0.95) -> ClosedRange<Double> {
        WilsonInterval(confidence: confidence).bounds(correct, of: count)
    }
}

extension Evaluation.ClassResult {
    /// The confidence interval of the recall on all images of the class, as
    /// ``Evaluation/accuracyInterval(confidence:)`` computes it; nil for a class without images.
    ///
    /// - Precondition: `confidence` is above 0 and below 1.
    public func recallInterval(confidence: Double = 0.95) -> ClosedRange<Double>? {
        count > 0 ? WilsonInterval(confidence: confidence).bounds(correct, of: count) : nil
    }
}

/// Wilson's interval of a share, by additions, multiplications, divisions and square roots, which
/// round the same on every machine.
struct WilsonInterval {
    /// The quantile of the normal distribution.
    let quantile: Double

    /// Creates the intervals of a confidence.
    ///
    /// - Precondition: `confidence` is above 0 and below 1.
    init(confidence: Double) {
        precondition(
            confidence > 0 && confidence < 1, "a confidence is between 0 and 1, not \(confidence)")
        var (low, high) = (0.0, 9.0)
        while true {
            let middle = (low + high) / 2
            guard low < middle, middle < high else { break }
            if Self.central(middle) < confidence { low = middle } else { high = middle }
        }
        quantile = high
    }

    /// The interval of a share of `part` in `whole`.
    ///
    /// - Precondition: `part` is in `0 ... whole`, and `whole` is 1 or more.
    func bounds(_ part: Int, of whole: Int) -> ClosedRange<Double> {
        precondition(whole >= 1 && (0...whole).contains(part), "no share is \(part) of \(whole)")
        let (hits, count) = (Double(part), Double(whole))
        let square = quantile * quantile
        let middle = hits + square / 2
        let half = quantile * (hits * (count - hits) / count + square / 4).squareRoot()
        // The ends are exact, and rounding crosses none of them.
        let lower = part == 0 ? 0 : max((middle - half) / (count + square), 0)
        let upper = part == whole ? 1 : min((middle + half) / (count + square), 1)
        return lower...upper
    }

    /// The share of the normal distribution between -z and z, for z in `0...9`.
    ///
    ///     2 φ(z) (z + z³/3 + z⁵/(3·5) + z⁷/(3·5·7) + ...),  φ(z) = 1 / (sqrt(2π) e^(z²/2))
    ///
    /// All terms of both series are positive, so nothing cancels.
    private static func central(_ z: Double) -> Double {
        let half = z * z / 2
        var (sum, term, power, factor, number) = (0.0, z, 1.0, 1.0, 1.0)
        while term > 0, sum + term != sum {
            sum += term
            term *= z * z / (2 * number + 1)
            number += 1
        }
        number = 1
        while factor > 0, power + factor * half / number != power {
            factor *= half / number
            power += factor
            number += 1
        }
        return 2 * sum / ((2 * Double.pi).squareRoot() * power)
    }
}
