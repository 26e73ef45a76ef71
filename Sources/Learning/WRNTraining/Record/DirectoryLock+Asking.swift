// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension DirectoryLock {
    /// Whether a process trains in `directory` now; false where nobody can tell.
    static func isHeld(_ directory: String) -> Bool {
        let descriptor = retryingInterrupts { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        // Closing drops the lock, where this got one.
        defer { close(descriptor) }
        return retryingInterrupts { flock(descriptor, LOCK_SH | LOCK_NB) } != 0
            && errno == EWOULDBLOCK
    }
}
