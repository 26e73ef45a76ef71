// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Ctrl-C, the system's request to end and the end of the terminal, as a question that a loop can ask.
///
/// The first signal asks the command to stop, and says at once, on the standard error, what happens now and what a second one does;
/// a second one, whichever it is, ends the process at once.
enum Interruption {
    /// What is said when the first signal comes, while the step under way is finished.
    enum Notice {
        /// Of commands that keep what they have done.
        static let saving =
            "stopping: this step is finished first, then everything is saved; "
            + "a second Ctrl-C ends at once and loses the steps since the last checkpoint"
        /// Of commands that keep nothing of what is not complete.
        static let discarding =
            "stopping: what is under way is finished first; a second Ctrl-C ends at once"
    }

    // Global, because a signal handler is given nothing but the signal's number.
    private static let isSet = Atomic<Bool>(false)
    private static let hearsHangup = Atomic<Bool>(false)
    /// The address of the notice's bytes, which are never freed, and their number: a handler must not make text.
    private static let noticeAddress = Atomic<UInt>(0)
    private static let noticeByteCount = Atomic<Int>(0)

    /// Whether the user wants the command to stop.
    static var isRequested: Bool { isSet.load(ordering: .relaxed) }

    /// Begins to listen; a command that never asks ``isRequested`` must not call it.
    ///
    /// - Parameter notice: What is said when the first signal comes.
    static func listen(saying notice: String = Notice.discarding) {
        prepare(notice)
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
                Interruption.giveNotice()
                signal(SIGINT, SIG_DFL)
                signal(SIGTERM, SIG_DFL)
                if Interruption.hearsHangup.load(ordering: .relaxed) { signal(SIGHUP, SIG_DFL) }
            }
        }
    }

    /// Keeps the bytes of a notice where the handler finds them.
    private static func prepare(_ notice: String) {
        // A bar on the terminal, and the ^C that it shows, give way to the notice.
        let line = (isatty(STDERR_FILENO) == 1 ? "\r\u{1B}[K" : "") + "wrn: \(notice)\n"
        let bytes = Array(line.utf8)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        // A signal between the two stores must not find an address with another notice's length.
        noticeByteCount.store(0, ordering: .sequentiallyConsistent)
        noticeAddress.store(UInt(bitPattern: memory.baseAddress), ordering: .sequentiallyConsistent)
        noticeByteCount.store(bytes.count, ordering: .sequentiallyConsistent)
    }

    /// Writes the notice; safe in a signal handler.
    private static func giveNotice() {
        let count = noticeByteCount.load(ordering: .relaxed)
        let address = UnsafeRawPointer(bitPattern: noticeAddress.load(ordering: .relaxed))
        guard count > 0, let address else { return }
        let number = errno
        // What cannot be written is not said: a handler has nowhere to complain.
        _ = write(STDERR_FILENO, address, count)
        errno = number
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
