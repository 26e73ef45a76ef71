// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value that one thread at a time reads or changes.
///
/// `Mutex` of the module `Synchronization` is not used in its place: on Linux the part of it that
/// waits is compiled into the standard library, which ThreadSanitizer does not instrument, so that
/// a race is reported wherever a thread has waited for the lock. The calls of a POSIX mutex are
/// seen.
package final class Locked<Value> {
    // On the heap, since the address of a mutex must not change.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    /// Puts a value under a lock of its own.
    package init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Calls `body` with the value while no other thread has it; waits until the lock is free.
    ///
    /// `body` must not use the same lock again: it would wait for itself.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}

// Every access to the value is inside the lock; what leaves it is Sendable because the value is.
extension Locked: @unchecked Sendable where Value: Sendable {}
