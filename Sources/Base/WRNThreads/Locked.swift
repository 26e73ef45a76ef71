// SPDX-License-Identifier: Apache-2.0

/// A value that one thread at a time reads or changes.
package final class Locked<Value> {
    private let mutex = PosixMutex()
    private var value: Value

    /// Puts a value under a lock of its own.
    package init(_ value: Value) {
        self.value = value
    }

    /// Calls `body` with the value while no other thread has it; waits until the lock is free.
    ///
    /// `body` must not use the same lock again: it would wait for itself.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        mutex.lock()
        defer { mutex.unlock() }
        return try body(&value)
    }
}

// Every access to the value is inside the lock; what leaves it is Sendable because the value is.
extension Locked: @unchecked Sendable where Value: Sendable {}
