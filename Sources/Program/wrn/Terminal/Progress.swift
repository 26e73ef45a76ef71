// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNEngine
import WRNFetch
import WRNPlan
import WRNText
import WRNThreads

/// A status line on the standard error, redrawn in place; nothing is written unless it is a
/// terminal.
final class StatusLine: Sendable {
    private let terminal = Terminal(descriptor: STDERR_FILENO)
    private let last = Locked<(text: String, time: ContinuousClock.Instant)?>(nil)

    /// Replaces the line by `text`, at most ten times a second.
    func show(_ text: String) {
        guard terminal.isInteractive else { return }
        last.withLock { last in
            let now = ContinuousClock.now
            if let last, last.text == text || now - last.time < .milliseconds(100) { return }
            last = (text, now)
            StandardError.write("\r\u{1B}[K\(printable(text).prefix(terminal.width - 1))")
        }
    }

    /// Removes the line.
    func clear() {
        last.withLock { last in
            if last != nil { StandardError.write("\r\u{1B}[K") }
            last = nil
        }
    }

    deinit { clear() }
}

/// A progress bar with figures beside it: `epoch 2/5 [====      ]  31 s left  6820 images/s`.
struct ProgressBar {
    /// The title.
    let title: String
    /// The completed fraction, in `0...1`.
    let fraction: Double
    /// The figures, the most important first.
    let figures: [String]

    private static let shortest = 10
    private static let longest = 40

    /// The bar in at most `width` characters, without the last figures if a short bar does not fit
    /// beside them.
    func line(width: Int) -> String {
        let title = printable(title)
        var figures = figures
        while true {
            let tail = figures.map { "  " + $0 }.joined()
            let room = width - title.count - tail.count - 3
            if room >= Self.shortest {
                return "\(title) [\(bar(length: min(room, Self.longest)))]\(tail)"
            }
            guard figures.popLast() != nil else { return String(title.prefix(max(width, 0))) }
        }
    }

    private func bar(length: Int) -> String {
        let filled = Int((min(max(fraction, 0), 1) * Double(length)).rounded())
        return String(repeating: "=", count: filled)
            + String(repeating: " ", count: length - filled)
    }
}

/// The progress of a benchmark, on a terminal.
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
        // Windows change their size; the last column stays free.
        status.show(bar.line(width: Terminal(descriptor: STDERR_FILENO).width - 1))
    }

    func end() {
        status.clear()
    }
}

/// The progress of a download: a bar on a terminal, or a line for each tenth of a file.
final class DownloadReporter: Sendable {
    private let status = StatusLine()
    private let terminal = Terminal(descriptor: STDERR_FILENO)
    private let last = Locked<(file: String, tenth: Int)?>(nil)

    /// Shows the progress.
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
