// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Ctrl-C and the system's request to end, as a question that a loop can ask.
///
/// The first signal asks the command to stop; a second one ends the process at once.
enum Interruption {
    // Global, because a signal handler is given nothing but the signal's number.
    private static let isSet = Atomic<Bool>(false)

    /// Whether the user wants the command to stop.
    static var isRequested: Bool { isSet.load(ordering: .relaxed) }

    /// Begins to listen; a command that never asks ``isRequested`` must not call it.
    static func listen() {
        // A parent may have blocked the signals, and a child inherits that: whoever sends one still means it.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        defer { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
        // A handler must not be the first to touch what Swift makes on first use.
        _ = isRequested
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // Both calls are safe in a signal handler.
                Interruption.isSet.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
