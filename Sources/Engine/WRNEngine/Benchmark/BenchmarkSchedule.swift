// SPDX-License-Identifier: Apache-2.0

/// The number and duration of a benchmark's runs.
package struct BenchmarkSchedule: Hashable, Sendable {
    /// The phase of a benchmark.
    package struct Progress: Hashable, Sendable {
        /// Whether it still warms up.
        package let isWarmUp: Bool
        /// The runs that are done, those of the warm-up or the measured ones.
        package let runs: Int
        /// The part that is done of what the runs are for, in `0...1`.
        package let fraction: Double
        /// The seconds of the last run.
        package let seconds: Double
    }

    /// Runs are repeated at least so often, and so long, before anything is measured: caches, page
    /// tables and clocks settle.
    package var warmUpRuns = 1
    /// The seconds that the warm-up takes at least.
    package var warmUpSeconds = 0.5
    /// The number of measured runs; nil for as many as `seconds` hold, at least 5 and at most a
    /// million.
    package var repeats: Int?
    /// The seconds that are measured when `repeats` is nil.
    package var seconds = 3.0

    /// A schedule of so many measured runs, or of as many as three seconds hold.
    package init(repeats: Int? = nil) {
        self.repeats = repeats
    }

    /// Warms up, then measures.
    ///
    /// - Parameter run: Runs once and returns what was measured, first of all the seconds of the
    ///   whole run.
    /// - Returns: What the runs after the warm-up returned, and how many runs that took.
    /// - Throws: `CancellationError` when `isCancelled`, which is called before each run, returns
    ///   true; else what `run` throws.
    func run<Measurement>(
        _ run: () throws -> Measurement, seconds secondsOf: (Measurement) -> Double,
        progress: (Progress) -> Void, isCancelled: () -> Bool
    ) throws -> (measurements: [Measurement], warmUpRuns: Int) {
        var elapsed = 0.0
        var runs = 0
        while runs < max(warmUpRuns, 0) || elapsed < warmUpSeconds {
            if isCancelled() { throw CancellationError() }
            let seconds = secondsOf(try run())
            elapsed += seconds
            runs += 1
            let fraction = warmUpSeconds > 0 ? min(elapsed / warmUpSeconds, 1) : 1
            progress(Progress(isWarmUp: true, runs: runs, fraction: fraction, seconds: seconds))
        }
        var measurements: [Measurement] = []
        elapsed = 0
        while !isDone(measurements.count, elapsed) {
            if isCancelled() { throw CancellationError() }
            measurements.append(try run())
            let seconds = secondsOf(measurements[measurements.count - 1])
            elapsed += seconds
            progress(
                Progress(
                    isWarmUp: false, runs: measurements.count,
                    fraction: fraction(measurements.count, elapsed), seconds: seconds))
        }
        return (measurements, runs)
    }

    private static let fewest = 5
    /// So that the measurements of the smallest networks fit in memory.
    private static let most = 1_000_000

    private func isDone(_ runs: Int, _ elapsed: Double) -> Bool {
        if let repeats { return runs >= max(repeats, 1) }
        return runs >= Self.most || (runs >= Self.fewest && elapsed >= seconds)
    }

    private func fraction(_ runs: Int, _ elapsed: Double) -> Double {
        if let repeats { return min(Double(runs) / Double(max(repeats, 1)), 1) }
        let byTime = min(elapsed / max(seconds, 1e-9), Double(runs) / Double(Self.fewest))
        return min(max(byTime, Double(runs) / Double(Self.most)), 1)
    }
}

/// The order statistics of some measurements.
package struct Spread: Codable, Hashable, Sendable {
    /// The value that half of the measurements do not exceed.
    package let median: Double
    /// The smallest.
    package let minimum: Double
    /// The largest.
    package let maximum: Double
    /// The value that a quarter does not exceed.
    package let firstQuartile: Double
    /// The value that three quarters do not exceed.
    package let thirdQuartile: Double

    /// Sorts the measurements; nil when there is none.
    ///
    /// Quantiles between two measurements are interpolated.
    package init?(_ values: [Double]) {
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
    package func quotient(of numerator: Double) -> Spread {
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

/// The seconds that `body` takes.
func secondsTaken(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
}
