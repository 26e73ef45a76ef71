// SPDX-License-Identifier: Apache-2.0

import WRNModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The logits of labelled images, and the temperature that makes their labels likeliest.
struct TemperatureFit {
    /// The number of classes.
    let classes: Int
    /// The logits, image after image.
    private(set) var logits: [Float] = []
    /// The class of each image.
    private(set) var labels: [Int] = []

    /// Why there is no temperature.
    enum Failure: Error {
        /// All images are classified rightly: the colder, the likelier.
        case allRight
        /// The labels have no larger logits than other classes on average: the warmer, the
        /// likelier.
        case noBetterThanChance
        /// The temperature is not among ``ModelCalibration/temperatures``.
        case outOfRange
    }

    init(classes: Int) { self.classes = classes }

    /// Adds an image.
    mutating func append(_ row: ArraySlice<Float>, label: Int) {
        logits += row
        labels.append(label)
    }

    /// Some of the images.
    func part(_ indices: some Sequence<Int>) -> TemperatureFit {
        var part = TemperatureFit(classes: classes)
        for index in indices {
            part.append(logits.row(index, of: classes), label: labels[index])
        }
        return part
    }

    /// The temperature T at which the mean cross-entropy is smallest.
    ///
    /// In b = 1 / T the cross-entropy is convex, so that its derivative has at most one zero:
    ///
    ///     d(b)  = mean over images of  sum over c of p[c] x[c] - x[label],   p = softmax(b x)
    ///     d'(b) = mean over images of  sum over c of p[c] x[c]² - (sum over c of p[c] x[c])²
    ///
    /// Newton's steps from b = 1 are replaced by the middle where they leave the interval that
    /// contains the zero, until b changes no more. All is in double precision, and the sums run in
    /// the order of the images.
    func temperature() throws(Failure) -> Double {
        guard labels.indices.contains(where: { !isRight($0) }) else { throw .allRight }
        guard derivatives(at: 0).first < 0 else { throw .noBetterThanChance }
        let bounds = (
            low: 1 / ModelCalibration.temperatures.upperBound,
            high: 1 / ModelCalibration.temperatures.lowerBound
        )
        guard derivatives(at: bounds.low).first < 0, derivatives(at: bounds.high).first > 0 else {
            throw .outOfRange
        }
        var (low, high, b) = (bounds.low, bounds.high, 1.0)
        while true {
            let (slope, curvature) = derivatives(at: b)
            guard slope != 0 else { break }
            if slope < 0 { low = b } else { high = b }
            var next = b - slope / curvature
            // Also where the curvature is 0. The geometric middle halves the digits that are open.
            if !(low < next && next < high) { next = (low * high).squareRoot() }
            guard abs(next - b) > 4 * b.ulp, low < next, next < high else { break }
            b = next
        }
        return 1 / b
    }

    /// Whether the label's logit is larger than all others.
    private func isRight(_ index: Int) -> Bool {
        let row = logits.row(index, of: classes)
        let own = row[row.startIndex + labels[index]]
        return row.enumerated().allSatisfy { $0.offset == labels[index] || $0.element < own }
    }

    /// The first and the second derivative of the mean cross-entropy by 1 / T.
    private func derivatives(at b: Double) -> (first: Double, second: Double) {
        var (first, second) = (0.0, 0.0)
        for (index, label) in labels.enumerated() {
            let row = logits.row(index, of: classes)
            let largest = Double(row.max() ?? 0)
            // Logits relative to the largest lose no digits, and do not overflow.
            var (sum, mean, square) = (0.0, 0.0, 0.0)
            for logit in row {
                let distance = Double(logit) - largest
                let power = exp(b * distance)
                sum += power
                mean += power * distance
                square += power * distance * distance
            }
            mean /= sum
            first += mean - (Double(row[row.startIndex + label]) - largest)
            second += square / sum - mean * mean
        }
        return (first / Double(labels.count), second / Double(labels.count))
    }
}
