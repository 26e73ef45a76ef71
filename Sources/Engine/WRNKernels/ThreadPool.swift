// SPDX-License-Identifier: Apache-2.0

import Synchronization
import WRNThreads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads that share the tasks of one region at a time.
///
/// A region ends when its *tasks* are done, not when every thread has reported: a thread that lost
/// its core to another program delays the region only if it has a task. Between regions threads
/// spin for some tenths of a millisecond and then sleep, because waking a thread costs more than
/// many a region. They do not offer their core before: who yields waits for the end of another
/// program's slice, who wakes up goes first.
package final class ThreadPool: Sendable {
    /// The number of threads that work on a region, the caller's included.
    package let threadCount: Int

    private let shared: Shared
    private let threads: [SystemThread]
    private let hooks: ThreadHooks?

    /// Starts `threadCount - 1` threads; fewer when the system grants no more.
    ///
    /// - Parameter hooks: What each thread does around its tasks; nil for nothing.
    package init(threadCount: Int, hooks: ThreadHooks? = nil) {
        precondition(threadCount >= 1, "a pool has at least one thread, not \(threadCount)")
        let shared = Shared()
        var threads: [SystemThread] = []
        for worker in 1..<max(threadCount, 1) {
            let thread = SystemThread {
                hooks?.setUp()
                shared.work(as: worker)
                hooks?.tearDown()
            }
            guard let thread else { break }
            threads.append(thread)
        }
        self.shared = shared
        self.threads = threads
        self.hooks = hooks
        self.threadCount = threads.count + 1
    }

    deinit {
        shared.stop()
        for thread in threads { thread.join() }
    }

    /// Runs `body(task, worker)` once for each task in `0 ..< count` and returns when all are done.
    ///
    /// `worker` is in `0 ..< threadCount`, and no two tasks run at the same time under one worker.
    /// Regions do not nest.
    package func run(count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard count > 0 else { return }
        hooks?.setUp()
        defer { hooks?.tearDown() }
        if count == 1 || threads.isEmpty {
            for task in 0..<count { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            shared.run(count: count, body)
        }
    }
}

/// Hooks around the tasks of a thread, for kernels that need a state of each thread, such as a
/// configuration of tile registers.
///
/// A pool's own threads set up when they start and tear down when they end. The thread that calls
/// ``ThreadPool/run(count:_:)`` is not the pool's: it sets up before its tasks of each region and
/// tears down after them, so that it goes on as it was.
package struct ThreadHooks: Sendable {
    let setUp: @Sendable () -> Void
    let tearDown: @Sendable () -> Void

    /// Collects the hooks; both are called on the thread that they are for.
    package init(
        setUp: @escaping @Sendable () -> Void, tearDown: @escaping @Sendable () -> Void
    ) {
        self.setUp = setUp
        self.tearDown = tearDown
    }
}

extension ThreadPool {
    /// The state that the caller and its threads share.
    ///
    /// `claim` packs a region's generation, its task count and the next task into one word, so that
    /// claiming a task also proves that the region is still the current one; whoever holds a task
    /// may read `body`, which cannot change before it is done.
    private final class Shared: @unchecked Sendable {
        private static let indexBits: UInt64 = 22
        private static let indexMask: UInt64 = (1 << indexBits) - 1
        private static let spins = 100_000

        private let claim = Atomic<UInt64>(0)
        private let completed = Atomic<Int>(0)
        private let sleepers = Atomic<Int>(0)
        private let stopped = Atomic<Bool>(false)
        private let gate = Gate()
        private var body: (Int, Int) -> Void = { _, _ in }

        func run(count: Int, _ body: @escaping (Int, Int) -> Void) {
            precondition(count < Int(Self.indexMask), "a region of \(count) tasks is too long")
            self.body = body
            completed.store(0, ordering: .relaxed)
            let generation = (claim.load(ordering: .relaxed) >> (2 * Self.indexBits)) &+ 1
            let word = generation << (2 * Self.indexBits) | UInt64(count) << Self.indexBits
            claim.store(word, ordering: .sequentiallyConsistent)
            if sleepers.load(ordering: .sequentiallyConsistent) > 0 { gate.wakeAll() }
            runTasks(as: 0)
            var waits = 0
            while completed.load(ordering: .acquiring) < count {
                waits += 1
                if waits > Self.spins { sched_yield() }
            }
            self.body = { _, _ in }
        }

        func work(as worker: Int) {
            while true {
                runTasks(as: worker)
                var spin = 0
                while spin < Self.spins, !hasTask, !stopped.load(ordering: .relaxed) { spin += 1 }
                if stopped.load(ordering: .acquiring) { return }
                if !hasTask { sleep() }
            }
        }

        func stop() {
            stopped.store(true, ordering: .sequentiallyConsistent)
            gate.wakeAll()
        }

        private var hasTask: Bool {
            let word = claim.load(ordering: .sequentiallyConsistent)
            return word & Self.indexMask < word >> Self.indexBits & Self.indexMask
        }

        private func runTasks(as worker: Int) {
            var word = claim.load(ordering: .acquiring)
            while word & Self.indexMask < word >> Self.indexBits & Self.indexMask {
                let (claimed, current) = claim.compareExchange(
                    expected: word, desired: word + 1, ordering: .acquiringAndReleasing)
                guard claimed else {
                    word = current
                    continue
                }
                body(Int(word & Self.indexMask), worker)
                completed.wrappingAdd(1, ordering: .acquiringAndReleasing)
                word = claim.load(ordering: .acquiring)
            }
        }

        private func sleep() {
            sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
            gate.wait { hasTask || stopped.load(ordering: .sequentiallyConsistent) }
            sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
    }
}

/// A place to sleep until a condition holds.
private final class Gate: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func wait(until isOpen: () -> Bool) {
        pthread_mutex_lock(mutex)
        while !isOpen() { pthread_cond_wait(condition, mutex) }
        pthread_mutex_unlock(mutex)
    }

    func wakeAll() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }
}
