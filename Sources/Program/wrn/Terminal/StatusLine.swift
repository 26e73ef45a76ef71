// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import WRNText

/// One line on the standard error that says what is going on, redrawn in place; silent where nobody looks.
final class StatusLine: Sendable {
    private let terminal = Terminal(descriptor: STDERR_FILENO)
    private let last = Mutex<(text: String, time: ContinuousClock.Instant)?>(nil)

    /// Shows `text` instead of what was there; at most ten times a second.
    func show(_ text: String) {
        guard terminal.isInteractive else { return }
        last.withLock { last in
            let now = ContinuousClock.now
            if let last, last.text == text || now - last.time < .milliseconds(100) { return }
            last = (text, now)
            StandardError.write("\r\u{1B}[K\(printable(text).prefix(terminal.width - 1))")
        }
    }

    /// Removes the line, so that results stand on a clean screen.
    func clear() {
        last.withLock { last in
            if last != nil { StandardError.write("\r\u{1B}[K") }
            last = nil
        }
    }

    deinit { clear() }
}
