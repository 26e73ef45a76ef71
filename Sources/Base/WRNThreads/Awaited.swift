// SPDX-License-Identifier: Apache-2.0

/// A value under a lock, for whose changes threads wait asleep.
package final class Awaited<Value> {
    private let mutex = PosixMutex()
    private let condition = PosixCondition()
    private var value: Value

    /// Puts a value under a lock of its own.
    package init(_ value: Value) {
        self.value = value
    }

    /// Calls `body` with the value while no other thread has it, and wakes all threads that wait.
    ///
    /// `body` must not use the same value again: it would wait for itself.
    package func change<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        mutex.lock()
        defer {
            condition.wakeAll()
            mutex.unlock()
        }
        return try body(&value)
    }

    /// Calls `body` with the value while no other thread has it, and wakes nobody: for what no
    /// thread waits for.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        mutex.lock()
        defer { mutex.unlock() }
        return try body(&value)
    }

    /// Calls `body` with the value now and after each change, until it returns a result.
    ///
    /// What `body` changes wakes others only where it is its last call that changes it.
    package func wait<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result?
    ) throws(Failure) -> Result {
        mutex.lock()
        defer {
            condition.wakeAll()
            mutex.unlock()
        }
        while true {
            if let result = try body(&value) { return result }
            condition.wait(giving: mutex)
        }
    }

    /// Waits until the value suits `holds`, or for `duration` at most; wakes nobody.
    package func wait(atMost duration: Duration, until holds: (Value) -> Bool) {
        let deadline = ContinuousClock.now + duration
        mutex.lock()
        defer { mutex.unlock() }
        while !holds(value) {
            let rest = deadline - .now
            guard rest > .zero else { return }
            condition.wait(giving: mutex, atMost: rest)
        }
    }
}

// Every access to the value is inside the lock; what leaves it is Sendable because the value is.
extension Awaited: @unchecked Sendable where Value: Sendable {}
