// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNPlan

/// Shows on a terminal how far a benchmark is.
struct BenchmarkReporter {
    let title: String
    let batch: Int
    private let status = StatusLine()

    init(title: String, batch: Int) {
        self.title = title
        self.batch = batch
        status.show("\(title): preparing")
    }

    func show(_ progress: BenchmarkSchedule.Progress) {
        let bar = ProgressBar(
            title: "\(title) " + (progress.isWarmUp ? "warming up" : "measuring"),
            fraction: progress.fraction,
            figures: [
                "\(Numbers.significant(Double(batch) / max(progress.seconds, 1e-9))) images/s",
                Numbers.counted(progress.runs, "run"),
            ])
        // Asked again each time, because windows change their size; the last column stays free.
        status.show(bar.line(width: Terminal(descriptor: STDERR_FILENO).width - 1))
    }

    func end() {
        status.clear()
    }
}
