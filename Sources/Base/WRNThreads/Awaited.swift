// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A value under a lock, for whose changes threads wait asleep.
package final class Awaited<Value> {
    // On the heap, since the addresses of a mutex and of a condition must not change.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    /// Puts a value under a lock of its own.
    package init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            // Waits must not depend on whether somebody sets the clock.
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Calls `body` with the value while no other thread has it, and wakes all threads that wait.
    ///
    /// `body` must not use the same value again: it would wait for itself.
    package func change<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Calls `body` with the value while no other thread has it, and wakes nobody: for what no
    /// thread waits for.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Calls `body` with the value now and after each change, until it returns a result.
    ///
    /// What `body` changes wakes others only where it is its last call that changes it.
    package func wait<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result?
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        while true {
            if let result = try body(&value) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Waits until the value suits `holds`, or for `duration` at most; wakes nobody.
    package func wait(atMost duration: Duration, until holds: (Value) -> Bool) {
        let deadline = ContinuousClock.now + duration
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !holds(value) {
            let rest = deadline - .now
            guard rest > .zero else { return }
            let (seconds, attoseconds) = rest.components
            #if canImport(Darwin)
                var time = timespec(
                    tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
                pthread_cond_timedwait_relative_np(condition, mutex, &time)
            #else
                var time = timespec()
                clock_gettime(CLOCK_MONOTONIC, &time)
                let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
                time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
                time.tv_nsec = nanoseconds % 1_000_000_000
                pthread_cond_timedwait(condition, mutex, &time)
            #endif
        }
    }
}

// Every access to the value is inside the lock; what leaves it is Sendable because the value is.
extension Awaited: @unchecked Sendable where Value: Sendable {}
