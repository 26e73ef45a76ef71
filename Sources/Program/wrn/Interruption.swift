// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Whether Ctrl-C, a request of the system to end, or the end of the terminal stops the command.
///
/// Loops poll ``isRequested``.
///
/// At the first signal a notice goes to the standard error at once: what happens now, and what a
/// second signal does. A second signal, whichever it is, ends the process.
enum Interruption {
    /// The notices at the first signal, while the step under way is finished.
    enum Notice {
        /// For commands that keep what they have done.
        static let saving =
            "stopping: this step is finished first, then everything is saved; "
            + "a second Ctrl-C ends at once and loses the steps since the last checkpoint"
        /// For commands that discard incomplete results.
        static let discarding =
            "stopping: what is under way is finished first; a second Ctrl-C ends at once"
    }

    // Global, because a signal handler has no argument but the signal's number.
    private static let isSet = Atomic<Bool>(false)
    private static let hearsHangup = Atomic<Bool>(false)
    /// The address of the notice's bytes, which are never freed, and their number: a handler must
    /// not allocate.
    private static let noticeAddress = Atomic<UInt>(0)
    private static let noticeByteCount = Atomic<Int>(0)

    /// Whether a signal has arrived.
    static var isRequested: Bool { isSet.load(ordering: .relaxed) }

    /// Installs the signal handlers; only for commands that poll ``isRequested``.
    ///
    /// - Parameter notice: What is written at the first signal; nil for nothing, as by a worker
    ///   that is not the first one.
    static func listen(saying notice: String? = Notice.discarding) {
        prepare(notice)
        // nohup ignores the signal, so that the process outlives the terminal.
        var hangup = sigaction()
        let outlivesTerminal = sigaction(SIGHUP, nil, &hangup) == 0 && isIgnored(hangup)
        let heard = [SIGINT, SIGTERM] + (outlivesTerminal ? [] : [SIGHUP])
        // A child inherits the signals that its parent has blocked.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in heard { sigaddset(&signals, number) }
        defer { pthread_sigmask(SIG_UNBLOCK, &signals, nil) }
        // Swift initializes globals on first use, which a handler must not do.
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

    /// Stores the bytes of a notice for the handler.
    private static func prepare(_ notice: String?) {
        guard let notice else { return noticeByteCount.store(0, ordering: .sequentiallyConsistent) }
        // The notice replaces a bar on the terminal, and its ^C.
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
        // A handler cannot report that a write failed.
        _ = write(STDERR_FILENO, address, count)
        errno = number
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #elseif canImport(Musl)
            let handler = action.__sa_handler.sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
