// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import WRNData

/// Says how a download goes on: a bar on a terminal, and otherwise a line for each tenth of a file.
final class DownloadReporter: Sendable {
    private let status = StatusLine()
    private let terminal = Terminal(descriptor: STDERR_FILENO)
    private let last = Mutex<(file: String, tenth: Int)?>(nil)

    /// Takes in where the download is.
    func show(_ progress: DownloadProgress) {
        let fraction = Double(progress.receivedByteCount) / Double(max(progress.totalByteCount, 1))
        let total = Numbers.bytes(progress.totalByteCount)
        guard !terminal.isInteractive else {
            let bar = ProgressBar(
                title: progress.file, fraction: fraction,
                figures: ["\(Numbers.bytes(progress.receivedByteCount)) of \(total)"])
            return status.show(bar.line(width: terminal.width - 1))
        }
        let now = (file: progress.file, tenth: Int(10 * fraction))
        last.withLock { last in
            if let last, last == now { return }
            last = now
            StandardError.write("\(progress.file): \(10 * now.tenth) % of \(total)\n")
        }
    }

    /// Removes the bar.
    func end() { status.clear() }
}
