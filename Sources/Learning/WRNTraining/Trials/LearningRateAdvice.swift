// SPDX-License-Identifier: Apache-2.0

import WRNRuns

/// The learning rate that the losses of a search suggest.
///
/// The losses are smoothed without lag: each point gets the value of the straight line that fits
/// its neighbours best, a twentieth of all steps on each side. The fall begins where a tenth of it
/// is done; it ends at the minimum, behind which the smoothed loss first rises by more than its
/// noise and a quarter of the fall, or where 98 % of the fall are done. The range of good rates
/// reaches from the middle of the fall (fastai's *valley*) to the minimum, and the suggestion lies
/// between the steepest place and the minimum, at the geometric mean of the two rates. Networks
/// with batch normalisation and momentum train best in this upper part: `Scripts/check-find-lr`
/// measures it. A curve that is smoothed by a running average lags behind, and shows its minimum at
/// rates that are many times too high.
///
/// - Reference: Smith 2017, "Cyclical Learning Rates for Training Neural Networks", section 3.3;
///   fastai's `Learner.lr_find`.
package struct LearningRateAdvice: Codable, Hashable, Sendable {
    /// What kind of curve it is.
    package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        /// The loss falls and rises again.
        case clear
        /// The loss still falls at the last rate: better rates may lie above it.
        case stillFalling = "still_falling"
        /// The loss never falls by more than its noise.
        case flat
        /// The loss only grows: even the first rate is too high, or something else is wrong.
        case divergesAtOnce = "diverges_at_once"
        /// There are too few steps to distinguish a fall from noise, also where the loss exploded
        /// after them.
        case tooShort = "too_short"
    }

    /// What kind of curve it is; only ``Verdict/clear`` and ``Verdict/stillFalling`` have a
    /// suggestion.
    package let verdict: Verdict
    /// The rate to train with.
    package let suggestion: Double?
    /// The least rate of the range of good ones: the middle of the fall.
    package let lower: Double?
    /// The largest rate of the range of good ones: where the smoothed loss is smallest.
    package let upper: Double?
    /// Where the smoothed loss falls fastest over the logarithm of the rate.
    package let steepest: Double?

    /// The fewest steps of a curve that is analysed.
    package static let leastStepCount = 20

    /// Judges a curve.
    ///
    /// - Parameters:
    ///   - learningRates: The rates of the steps, rising by equal factors.
    ///   - losses: The steps' losses, as many; what follows the first that is no finite number is
    ///     left out.
    ///   - hasDiverged: Whether the search ended early because the loss had grown.
    package init(learningRates: [Double], losses: [Double], hasDiverged: Bool) {
        let count = losses.firstIndex { !$0.isFinite } ?? losses.count
        let hasDiverged = hasDiverged || count < losses.count
        let losses = Array(losses.prefix(count))
        guard count >= Self.leastStepCount else {
            // Of so few values each counts: one below the first is a fall, or noise.
            let hasFallen = losses.first.map { first in losses.contains { $0 < first } } ?? false
            self.init(hasDiverged && !hasFallen ? .divergesAtOnce : .tooShort)
            return
        }
        let curve = SmoothedCurve(losses)
        let values = curve.values
        let head = values.prefix(max(count / 8, 3))
        let start = head.reduce(0, +) / Double(head.count)
        let noise = curve.noise
        let lowest = Self.minimum(of: values, from: start, noise: noise)
        let fall = start - values[lowest]
        // A minimum among the steps that the start is measured by is where a growing loss begins.
        guard fall > max(6 * noise, 0.01 * abs(start)), lowest >= head.count / 2 else {
            let grows =
                hasDiverged || values[count - 1] > start + max(8 * noise, 0.25 * abs(start))
            self.init(grows ? .divergesAtOnce : .flat)
            return
        }
        // Of a level bottom the beginning is taken: the rates behind it do no better.
        let bottom = (0...lowest).first { values[$0] <= values[lowest] + 0.02 * fall } ?? lowest
        let begin = (0...bottom).last { values[$0] >= start - 0.1 * fall } ?? 0
        let steepest = (begin...bottom).min { curve.slopes[$0] < curve.slopes[$1] } ?? bottom
        let isOpen = !hasDiverged && bottom >= count - 1 - 2 * curve.reach
        let end = isOpen ? count - 1 : bottom
        let suggestion = (learningRates[steepest] * learningRates[end]).squareRoot()
        self.init(
            isOpen ? .stillFalling : .clear, suggestion: suggestion,
            lower: min(learningRates[begin + (bottom - begin) / 2], suggestion),
            upper: learningRates[end], steepest: learningRates[steepest])
    }

    private init(
        _ verdict: Verdict, suggestion: Double? = nil, lower: Double? = nil, upper: Double? = nil,
        steepest: Double? = nil
    ) {
        self.verdict = verdict
        self.suggestion = suggestion
        self.lower = lower
        self.upper = upper
        self.steepest = steepest
    }

    /// The smallest value before the first rise that is more than noise: behind it the steps are
    /// too large, and what falls there is chance.
    private static func minimum(of values: [Double], from start: Double, noise: Double) -> Int {
        var lowest = 0
        for (index, value) in values.enumerated() {
            let fall = start - values[lowest]
            if value < values[lowest] {
                lowest = index
            } else if fall > 4 * noise, value > values[lowest] + max(4 * noise, 0.25 * fall) {
                break
            }
        }
        return lowest
    }
}

/// A curve through noisy values, by straight lines that fit each value's neighbours best; at both
/// ends it is level, as a line through few neighbours would follow their noise.
struct SmoothedCurve {
    /// The smoothed values.
    private(set) var values: [Double] = []
    /// How much the curve rises from one place to the next.
    private(set) var slopes: [Double] = []
    /// The deviation of a smoothed value from what is right, estimated from the values around the
    /// quieter half of the curve.
    private(set) var noise = 0.0
    /// The neighbours on each side that a value is smoothed with.
    let reach: Int

    /// Smooths finite values.
    init(_ raw: [Double]) {
        reach = min(max(raw.count / 20, 2), max(raw.count - 1, 0) / 2)
        // Sums up to each place of y and of x·y.
        var (sums, moments) = ([0.0], [0.0])
        for (place, value) in raw.enumerated() {
            sums.append(sums[place] + value)
            moments.append(moments[place] + Double(place) * value)
        }
        for place in raw.indices {
            let center = min(max(place, reach), raw.count - 1 - reach)
            let (first, last) = (center - reach, center + reach)
            let count = Double(2 * reach + 1)
            let mean = (sums[last + 1] - sums[first]) / count
            let covariance = moments[last + 1] - moments[first] - Double(center) * count * mean
            slopes.append(reach > 0 ? covariance / (count * (count * count - 1) / 12) : 0)
            values.append(mean)
        }
        // The median of the squares ignores the end, where a loss that explodes is no noise.
        let squares = zip(raw, values).map { ($0 - $1) * ($0 - $1) }.sorted()
        let deviation = squares.isEmpty ? 0 : squares[squares.count / 2].squareRoot() / 0.6745
        noise = deviation / Double(2 * reach + 1).squareRoot()
    }
}
