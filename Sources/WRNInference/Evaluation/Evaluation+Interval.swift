// SPDX-License-Identifier: Apache-2.0

import WRNRandom

extension Evaluation {
    /// The accuracies that other test images of the same kind would mostly have given: a bootstrap confidence interval.
    ///
    /// The images are drawn again, as many as there are, with replacement, `resamples` times. The interval lies between the quantiles
    /// `(1 - confidence) / 2` and `(1 + confidence) / 2` of the accuracies, interpolated linearly between neighbours as NumPy's `percentile`
    /// does it (the percentile method). It measures the choice of the test images alone; another training gives another model.
    ///
    /// Among n images drawn again, the number of right ones is binomial with n trials and the measured accuracy; so each resample is one
    /// draw of that number, by inversion, and takes no time that grows with n. The numbers are drawn by their index under `seed`: the same
    /// interval, bit for bit, on every machine. Where all images are right, or all wrong, it is that accuracy alone.
    ///
    /// - Precondition: `confidence` is above 0 and below 1, `resamples` in `1 ... 2^24`.
    /// - Reference: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3.
    public func accuracyInterval(
        confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 0
    ) -> ClosedRange<Double> {
        precondition(
            confidence > 0 && confidence < 1, "a confidence is between 0 and 1, not \(confidence)")
        precondition(
            (1...1 << 24).contains(resamples), "resamples are in 1...2^24, not \(resamples)")
        let distribution = ResampledHits(count: count, correct: correct)
        let stream = RandomStream(seed: seed, purpose: .resampling)
        let hits = (0..<resamples)
            .map { distribution.quantile(stream.uniform(at: $0)) }.sorted()
        let tail = (1 - confidence) / 2
        let (lower, upper) = (Self.quantile(tail, of: hits), Self.quantile(1 - tail, of: hits))
        return lower / Double(count)...upper / Double(count)
    }

    /// Between the two sorted numbers around the place `fraction` of the way from the first to the last.
    private static func quantile(_ fraction: Double, of sorted: [Int]) -> Double {
        let place = fraction * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        let step = Double(sorted[above] - sorted[below])
        return Double(sorted[below]) + (place - Double(below)) * step
    }
}

/// How often each number of right images comes up among images drawn again: the binomial distribution around its mean, which is whole.
private struct ResampledHits {
    private let first: Int
    /// The weight of `first ... first + index`.
    private var cumulative: [Double]

    /// What is less likely than the mean by this factor is never drawn: the numbers drawn are multiples of 2^-53.
    private static let negligible = 0x1p-70

    init(count: Int, correct: Int) {
        let wrong = count - correct
        guard correct > 0, wrong > 0 else {
            (first, cumulative) = (correct, [1])
            return
        }
        // From the mean outwards each weight follows from its neighbour's, by operations that round the same on every machine.
        var below: [Double] = []
        var weight = 1.0
        var hits = correct
        while hits > 0 {
            weight *= Double(hits) * Double(wrong) / (Double(count - hits + 1) * Double(correct))
            guard weight > Self.negligible else { break }
            below.append(weight)
            hits -= 1
        }
        var weights = below.reversed() + [1]
        weight = 1
        hits = correct
        while hits < count {
            weight *= Double(count - hits) * Double(correct) / (Double(hits + 1) * Double(wrong))
            guard weight > Self.negligible else { break }
            weights.append(weight)
            hits += 1
        }
        first = correct - below.count
        cumulative = []
        cumulative.reserveCapacity(weights.count)
        var sum = 0.0
        for weight in weights {
            sum += weight
            cumulative.append(sum)
        }
    }

    /// The smallest number whose distribution function is above `fraction`, which is in `0 ..< 1`.
    func quantile(_ fraction: Double) -> Int {
        let sought = fraction * (cumulative.last ?? 1)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > sought { high = middle } else { low = middle + 1 }
        }
        return first + low
    }
}
