// SPDX-License-Identifier: Apache-2.0

/// The order statistics of some measurements.
public struct Spread: Codable, Hashable, Sendable {
    /// The value that half of the measurements do not exceed.
    public let median: Double
    /// The smallest.
    public let minimum: Double
    /// The largest.
    public let maximum: Double
    /// The value that a quarter does not exceed.
    public let firstQuartile: Double
    /// The value that three quarters do not exceed.
    public let thirdQuartile: Double

    /// Sorts the measurements; nil when there is none.
    ///
    /// Quantiles between two measurements are interpolated.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func quantile(_ fraction: Double) -> Double {
            let place = fraction * Double(sorted.count - 1)
            let lower = Int(place)
            let upper = min(lower + 1, sorted.count - 1)
            return sorted[lower] + (place - Double(lower)) * (sorted[upper] - sorted[lower])
        }
        median = quantile(0.5)
        minimum = quantile(0)
        maximum = quantile(1)
        firstQuartile = quantile(0.25)
        thirdQuartile = quantile(0.75)
    }

    /// The order statistics of `numerator` divided by each measurement, as of images a second.
    public func quotient(of numerator: Double) -> Spread {
        Spread(
            median: numerator / median, minimum: numerator / maximum, maximum: numerator / minimum,
            firstQuartile: numerator / thirdQuartile, thirdQuartile: numerator / firstQuartile)
    }

    private init(
        median: Double, minimum: Double, maximum: Double, firstQuartile: Double,
        thirdQuartile: Double
    ) {
        self.median = median
        self.minimum = minimum
        self.maximum = maximum
        self.firstQuartile = firstQuartile
        self.thirdQuartile = thirdQuartile
    }
}
