// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import WRNThreads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("A thread of the system")
struct SystemThreadTests {
    @Test("runs its closure once, on another thread, and join waits for its end")
    func runsOnce() throws {
        let seen = Locked<[UInt]>([])
        let thread = try started {
            for _ in 0..<100 { sched_yield() }
            seen.withLock { $0.append(currentThread()) }
        }
        thread.join()
        let threads = seen.withLock { $0 }
        #expect(threads.count == 1)
        #expect(!threads.contains(currentThread()))
    }

    @Test("releases what its closure holds")
    func releasesItsClosure() throws {
        var held: Locked<Int>? = Locked(0)
        weak let witness = held
        let thread = try started { [held] in held?.withLock { $0 += 1 } }
        thread.join()
        #expect(held?.withLock { $0 } == 1)
        held = nil
        #expect(witness == nil)
    }
}

@Suite("A value under a lock")
struct LockedTests {
    @Test("is changed by one thread at a time")
    func excludes() throws {
        let counts = Locked((sum: 0, inside: 0, most: 0))
        let (threadCount, rounds) = (4, 20_000)
        let ready = Counter()
        let threads = try (0..<threadCount).map { _ in
            try started {
                // All threads are at work before the first has finished.
                ready.value.wrappingAdd(1, ordering: .relaxed)
                while ready.value.load(ordering: .relaxed) < threadCount { sched_yield() }
                for round in 0..<rounds {
                    counts.withLock { counts in
                        counts.inside += 1
                        if round % 64 == 0 { sched_yield() }
                        counts.most = max(counts.most, counts.inside)
                        counts.sum += 1
                        counts.inside -= 1
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        let (sum, inside, most) = counts.withLock { $0 }
        #expect(sum == threadCount * rounds)
        #expect(inside == 0)
        #expect(most == 1)
    }

    @Test("makes the next thread wait until the one before has left")
    func makesOthersWait() throws {
        let order = Locked<[String]>([])
        let arrived = Counter()
        let second = try order.withLock { names in
            let second = try started {
                arrived.value.wrappingAdd(1, ordering: .relaxed)
                order.withLock { $0.append("second") }
            }
            while arrived.value.load(ordering: .relaxed) == 0 { sched_yield() }
            // The second thread is at the lock, or just before it.
            for _ in 0..<1000 { sched_yield() }
            names.append("first")
            return second
        }
        second.join()
        #expect(order.withLock { $0 } == ["first", "second"])
    }

    @Test("is free again after an error, which is passed on")
    func isFreeAfterAnError() {
        struct Refusal: Error {}
        let number = Locked(1)
        #expect(throws: Refusal.self) {
            try number.withLock { number in
                number = 2
                throw Refusal()
            }
        }
        #expect(number.withLock { $0 } == 2)
    }

    @Test("is released with its lock")
    func releasesItsValue() {
        var held: Locked<Int>? = Locked(0)
        weak let witness = held
        var lock: Locked<Locked<Int>?>? = Locked(held)
        held = nil
        #expect(witness != nil)
        lock = nil
        #expect(lock == nil)
        #expect(witness == nil)
    }
}

private final class Counter: Sendable {
    let value = Atomic<Int>(0)
}

private func started(_ body: @escaping @Sendable () -> Void) throws -> SystemThread {
    let thread = SystemThread(body)
    return try #require(thread, "the system grants no thread")
}

private func currentThread() -> UInt {
    #if canImport(Darwin) || canImport(Musl)
        UInt(bitPattern: pthread_self())
    #else
        UInt(pthread_self())
    #endif
}

@Suite("A value for whose changes threads wait")
struct AwaitedTests {
    @Test("wakes who waits once the value suits it, and lets it change the value")
    func wakes() throws {
        let value = Awaited(0)
        let seen = Locked<[Int]>([])
        let thread = try started {
            let found = value.wait { value in
                defer { if value == 3 { value = 10 } }
                return value == 3 ? value : nil
            }
            seen.withLock { $0.append(found) }
        }
        for number in 1...3 { value.change { $0 = number } }
        #expect(value.wait { $0 == 10 ? $0 : nil } == 10)
        thread.join()
        #expect(seen.withLock { $0 } == [3])
    }

    @Test("passes errors on, and is free afterwards")
    func passesErrorsOn() {
        struct Failure: Error {}
        let value = Awaited(1)
        #expect(throws: Failure.self) { try value.change { _ in throw Failure() } }
        #expect(throws: Failure.self) {
            try value.wait { _ throws(Failure) -> Int? in throw Failure() }
        }
        #expect(value.change { $0 } == 1)
    }
}
