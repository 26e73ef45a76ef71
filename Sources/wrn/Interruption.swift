// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Ctrl-C, the system's request to end and the end of the terminal, as a question that a loop can ask.
///
/// The first signal asks the command to stop; a second one, whichever it is, ends the process at once.
enum Interruption {
    // Global, because a signal handler is given nothing but the signal's number.
    private static let isSet = Atomic<Bool>(false)
    private static let hearsHangup = Atomic<Bool>(false)

    /// Whether the user wants the command to stop.
    static var isRequested: Bool { isSet.load(ordering: .relaxed) }

    /// Begins to listen; a command that never asks ``isRequested`` must not call it.
    static func listen() {
        // Who began the process with nohup wants it to outlive the terminal.
        var hangup = sigaction()
        let outlivesTerminal = sigaction(SIGHUP, nil, &hangup) == 0 && isIgnored(hangup)
        let heard = [SIGINT, SIGTERM] + (outlivesTerminal ? [] : [SIGHUP])
        // A parent may have blocked the signals, and a child inherits that: whoever sends one still means it.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in heard { sigaddset(&signals, number) }
        defer { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
        // A handler must not be the first to touch what Swift makes on first use.
        _ = isRequested
        hearsHangup.store(!outlivesTerminal, ordering: .relaxed)
        for number in heard {
            signal(number) { _ in
                // All calls are safe in a signal handler.
                Interruption.isSet.store(true, ordering: .relaxed)
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                if Interruption.hearsHangup.load(ordering: .relaxed) { signal(SIGHUP, SIG_DFL) }
            }
        }
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
