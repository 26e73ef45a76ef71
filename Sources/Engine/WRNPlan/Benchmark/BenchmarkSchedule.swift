// SPDX-License-Identifier: Apache-2.0

/// How often a benchmark runs.
public struct BenchmarkSchedule: Hashable, Sendable {
    /// What a benchmark is doing.
    public struct Progress: Hashable, Sendable {
        /// Whether it still warms up.
        public let isWarmUp: Bool
        /// The runs that are done, those of the warm-up or the measured ones.
        public let runs: Int
        /// The part that is done of what the runs are for, in `0...1`.
        public let fraction: Double
        /// The seconds of the last run.
        public let seconds: Double
    }

    /// Runs are repeated at least so often, and so long, before anything is measured: caches, page tables and clocks settle.
    public var warmUpRuns = 1
    /// The seconds that the warm-up takes at least.
    public var warmUpSeconds = 0.5
    /// The number of measured runs; nil for as many as `seconds` hold, at least 5 and at most 1000.
    public var repeats: Int?
    /// The seconds that are measured when `repeats` is nil.
    public var seconds = 3.0

    /// A schedule of so many measured runs, or of as many as three seconds hold.
    public init(repeats: Int? = nil) {
        self.repeats = repeats
    }

    /// Warms up, then measures.
    ///
    /// - Parameter run: Runs once and returns what was measured, first of all the seconds of the whole run.
    /// - Returns: What the runs after the warm-up returned, and how many runs that took.
    /// - Throws: `CancellationError` when `isCancelled`, which is asked before each run, says so; else what `run` throws.
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
    private static let most = 1000

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
