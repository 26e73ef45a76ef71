// SPDX-License-Identifier: Apache-2.0

import WRNText

/// How fast a tuning goes in this process, and so how long the rest of it takes.
final class TuningPace {
    /// The epochs that all trials together lacked when the process began.
    private let total: Int
    private let start = ContinuousClock.now
    /// The epochs that are complete since then.
    var epochs = 0

    init(epochs total: Int) {
        self.total = total
    }

    /// `3 min 05 s left`, when a share of the next epoch is done.
    func words(_ share: Double) -> String {
        let done = Double(epochs) + share
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard done > 0 else { return "" }
        return Numbers.duration(seconds / done * max(Double(total) - done, 0)) + " left"
    }
}
