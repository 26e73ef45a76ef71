// SPDX-License-Identifier: Apache-2.0

/// The policy for checkpoints: when they are saved, and how many are kept.
///
/// The run's result does not depend on it.
public struct CheckpointPolicy: Hashable, Sendable {
    /// The interval between two saves in the middle of an epoch.
    public enum Interval: Hashable, Sendable {
        /// A number of steps, counted from the beginning of the run.
        case steps(Int)
        /// A least duration, measured from the last save.
        case time(Duration)
    }

    /// How many checkpoints are kept by default: one to resume from, and one in case that it is
    /// damaged.
    public static let usualCount = 2
    /// The largest number of checkpoints that can be kept.
    public static let maximumCount = 1_000_000

    /// When to save in the middle of an epoch; nil to save at the end of each only.
    public var interval: Interval?
    /// How many checkpoints to keep, in `1...1_000_000`; older ones are removed after a new one is
    /// on the disk.
    public var count: Int

    /// Creates a policy.
    public init(interval: Interval? = nil, count: Int = Self.usualCount) {
        self.interval = interval
        self.count = count
    }

    /// Whether a run that has done `step` steps is to be saved, `elapsed` after it was saved last.
    package func isDue(step: Int, elapsed: Duration) -> Bool {
        switch interval {
        case .steps(let count): step.isMultiple(of: count)
        case .time(let duration): elapsed >= duration
        case nil: false
        }
    }

    package func check() throws(TrainingError) {
        switch interval {
        case .steps(let count) where count < 1:
            throw TrainingError(
                .invalidConfiguration,
                "checkpoints need 1 step or more between them, not \(count)")
        case .time(let duration) where duration <= .zero:
            throw TrainingError(
                .invalidConfiguration,
                "checkpoints need some time between them, not \(duration)")
        default: break
        }
        guard (1...Self.maximumCount).contains(count) else {
            throw TrainingError(
                .invalidConfiguration,
                "the number of checkpoints to keep must be in 1...\(Self.maximumCount), not "
                    + "\(count)"
            )
        }
    }
}
