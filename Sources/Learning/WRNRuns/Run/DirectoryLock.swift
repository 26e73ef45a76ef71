// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensorFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A lock on a run's directory, which prevents other processes from training in it while this
/// object exists.
///
/// The directory itself is locked: no file is left behind, and the system drops the lock of a
/// process that is killed.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Locks `directory`, without waiting.
    init(_ directory: String) throws(TrainingError) {
        descriptor = retryingInterrupts { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            throw TrainingError(
                .unwritable,
                "\(directory): cannot open the directory: \(SystemError.last.sentence); "
                    + "check the path, or name another directory")
        }
        // Some network file systems have no locks; runs there are trained without a lock.
        if !isAcquired() {
            // `deinit` runs after this, too, and closes the descriptor: closed here as well, it
            // could be another thread's by then.
            throw TrainingError(
                .directoryLocked,
                "\(directory): another process trains in this directory; "
                    + "wait for it or stop it, or name another directory")
        }
    }

    /// Takes the lock; false when another process trains here.
    private func isAcquired() -> Bool {
        for attempt in 0..<5 {
            // A process that only tests the lock holds it for an instant.
            if attempt > 0 { usleep(2000) }
            if retryingInterrupts({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
            if errno != EWOULDBLOCK { return true }
        }
        return false
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}

extension DirectoryLock {
    /// Whether a process trains in `directory` now; false when that cannot be determined.
    static func isHeld(_ directory: String) -> Bool {
        let descriptor = retryingInterrupts { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        // Closing drops the lock, where this got one.
        defer { close(descriptor) }
        return retryingInterrupts { flock(descriptor, LOCK_SH | LOCK_NB) } != 0
            && errno == EWOULDBLOCK
    }
}
