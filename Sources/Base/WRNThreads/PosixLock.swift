// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A POSIX mutex, for a value under a lock and for a condition that is waited for.
///
/// `Mutex` of the module `Synchronization` is not used in its place: on Linux the part of it that
/// waits is compiled into the standard library, which ThreadSanitizer does not instrument, so that
/// a race is reported wherever a thread has waited for the lock. The calls of a POSIX mutex are
/// seen.
package struct PosixMutex: ~Copyable, @unchecked Sendable {
    /// On the heap, since the address of a mutex must not change.
    fileprivate let pointer = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init() {
        pthread_mutex_init(pointer, nil)
    }

    deinit {
        pthread_mutex_destroy(pointer)
        pointer.deallocate()
    }

    /// Waits until no other thread has the mutex, and takes it.
    package func lock() {
        pthread_mutex_lock(pointer)
    }

    /// Gives the mutex up.
    package func unlock() {
        pthread_mutex_unlock(pointer)
    }
}

/// A POSIX condition: threads that have a mutex give it up and sleep until another wakes them.
package struct PosixCondition: ~Copyable, @unchecked Sendable {
    /// On the heap, since the address of a condition must not change.
    private let pointer = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        #if canImport(Darwin)
            pthread_cond_init(pointer, nil)
        #else
            // Waits must not depend on whether somebody sets the clock.
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(pointer, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(pointer)
        pointer.deallocate()
    }

    /// Gives the mutex up, sleeps until it is woken, at times for no reason, and takes it again.
    package func wait(giving mutex: borrowing PosixMutex) {
        pthread_cond_wait(pointer, mutex.pointer)
    }

    /// The same, for `duration` at most.
    package func wait(giving mutex: borrowing PosixMutex, atMost duration: Duration) {
        let (seconds, attoseconds) = duration.components
        #if canImport(Darwin)
            var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
            pthread_cond_timedwait_relative_np(pointer, mutex.pointer, &time)
        #else
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
            time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
            time.tv_nsec = nanoseconds % 1_000_000_000
            pthread_cond_timedwait(pointer, mutex.pointer, &time)
        #endif
    }

    /// Wakes all threads that sleep.
    package func wakeAll() {
        pthread_cond_broadcast(pointer)
    }
}
