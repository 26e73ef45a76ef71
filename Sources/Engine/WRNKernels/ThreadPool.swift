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
/// its core to another program delays the region only if it has a task. Where threads come too
/// late for most regions, some take no part for a while (``Participation``).
///
/// Who has nothing to do waits for some microseconds, because waking a thread costs more than many
/// a region, and then sleeps, so that its core is free for a thread with a task. It does not offer
/// its core before: who yields waits for the end of another program's slice, who wakes up goes
/// first.
package final class ThreadPool: Sendable {
    /// The number of threads that may work on a region, the caller's included.
    package let threadCount: Int

    private let shared: Shared
    private let threads: [SystemThread]

    /// Starts `threadCount - 1` threads; fewer when the system grants no more.
    ///
    /// - Parameter processors: The processors that the process may use. Threads beyond them would
    ///   take time from the others, so they take no part; nil for as many as threads.
    package init(threadCount: Int, processors: Int? = nil) {
        precondition(threadCount >= 1, "a pool has at least one thread, not \(threadCount)")
        let shared = Shared(threads: max(1, min(threadCount, processors ?? threadCount)))
        var threads: [SystemThread] = []
        for worker in 1..<max(threadCount, 1) {
            let thread = SystemThread {
                shared.work(as: worker)
            }
            guard let thread else { break }
            threads.append(thread)
        }
        self.shared = shared
        self.threads = threads
        self.threadCount = threads.count + 1
    }

    deinit {
        shared.stop()
        for thread in threads { thread.join() }
    }

    /// Sets how many of the threads may work on the next regions, the caller's included; to be
    /// called by the thread that runs them.
    package func limitThreads(to count: Int) {
        precondition(count >= 1, "a region has at least one thread, not \(count)")
        shared.limit = count
    }

    /// Runs `body(task, worker)` once for each task in `0 ..< count` and returns when all are done.
    ///
    /// `worker` is in `0 ..< threadCount`, and no two tasks run at the same time under one worker.
    /// Regions do not nest.
    package func run(count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard count > 0 else { return }
        if count == 1 || threads.isEmpty {
            for task in 0..<count { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            shared.run(count: count, body)
        }
    }
}

extension ThreadPool {
    /// The state that the caller and its threads share.
    private final class Shared: @unchecked Sendable {
        /// How long a thread waits before it sleeps, in nanoseconds: one without a task, and the
        /// caller, which would come back late to the work that is its alone.
        private static let spinTime = 100_000
        private static let callerSpinTime = 10_000_000

        private let shares: TaskShares
        /// The number of the last region that was opened.
        private let region = Atomic<UInt64>(0)
        /// The tasks that are done, and the threads that have done them, in one word.
        private let completed = Atomic<Int>(0)
        private static let oneThread = 1 << 32
        private let sleepers = Atomic<Int>(0)
        private let callerSleeps = Atomic<Bool>(false)
        private let stopped = Atomic<Bool>(false)
        /// The threads that take part; those with higher numbers are paused.
        private let active: Atomic<Int>
        private let tasks = Gate()
        private let results = Gate()
        private let paused = Gate()
        // These two do not change before all tasks are counted as completed: whoever has claimed
        // one may read them.
        private var body: (Int, Int) -> Void = { _, _ in }
        private var count = 0
        private var participation: Participation
        /// The most threads of the next regions; only the thread that runs them uses it.
        var limit: Int

        init(threads: Int) {
            shares = TaskShares(threads: threads)
            active = Atomic(threads)
            participation = Participation(threads: threads)
            limit = threads
        }

        func run(count: Int, _ body: @escaping (Int, Int) -> Void) {
            let start = Nanoseconds.now
            let threads = min(participation.active, limit)
            if threads != active.load(ordering: .relaxed) {
                active.store(threads, ordering: .relaxed)
                paused.wakeAll()
            }
            if threads == 1 {
                for task in 0..<count { body(task, 0) }
            } else {
                self.body = body
                self.count = count
                completed.store(0, ordering: .relaxed)
                let number = region.load(ordering: .relaxed) &+ 1
                shares.divide(count, among: threads, region: number)
                region.store(number, ordering: .sequentiallyConsistent)
                if sleepers.load(ordering: .sequentiallyConsistent) > 0 { tasks.wakeAll() }
                runTasks(as: 0)
                if !Self.wait(Self.callerSpinTime, until: { completedTasks == count }) {
                    callerSleeps.store(true, ordering: .sequentiallyConsistent)
                    results.wait { completedTasks == count }
                    callerSleeps.store(false, ordering: .relaxed)
                }
                self.body = { _, _ in }
            }
            adapt(to: count, start: start, threads: threads)
        }

        func work(as worker: Int) {
            while true {
                if worker >= active.load(ordering: .relaxed) {
                    paused.wait {
                        worker < active.load(ordering: .relaxed)
                            || stopped.load(ordering: .relaxed)
                    }
                }
                let last = region.load(ordering: .acquiring)
                runTasks(as: worker)
                let isOver = Self.wait(Self.spinTime) {
                    region.load(ordering: .acquiring) != last || stopped.load(ordering: .relaxed)
                        || worker >= active.load(ordering: .relaxed)
                }
                if stopped.load(ordering: .acquiring) { return }
                if isOver { continue }
                sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
                tasks.wait {
                    region.load(ordering: .sequentiallyConsistent) != last
                        || stopped.load(ordering: .sequentiallyConsistent)
                }
                sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
            }
        }

        func stop() {
            stopped.store(true, ordering: .sequentiallyConsistent)
            tasks.wakeAll()
            paused.wakeAll()
        }

        private var completedTasks: Int {
            completed.load(ordering: .sequentiallyConsistent) % Self.oneThread
        }

        /// Spins until a condition holds; false when it does not hold so soon.
        private static func wait(_ spinTime: Int, until condition: () -> Bool) -> Bool {
            var start: Int?
            while true {
                for _ in 0..<64 where condition() { return true }
                let now = Nanoseconds.now
                if now - (start ?? now) > spinTime { return false }
                start = start ?? now
            }
        }

        /// Runs a thread's own tasks, then those that others have left, and counts them as
        /// completed.
        private func runTasks(as worker: Int) {
            var done = 0
            let threads = active.load(ordering: .relaxed)
            for step in 0..<threads {
                let owner = (worker + step) % threads
                while let task = shares.claim(from: owner, first: owner == worker) {
                    body(task, worker)
                    done += 1
                }
            }
            if done == 0 { return }
            let count = count
            let all = completed.wrappingAdd(
                done + Self.oneThread, ordering: .sequentiallyConsistent
            ).newValue
            if all % Self.oneThread == count,
                callerSleeps.load(ordering: .sequentiallyConsistent)
            {
                results.wakeAll()
            }
        }

        /// Decides with how many threads the next region is run.
        ///
        /// A region of fewer threads by the limit does not show how many would come in time.
        private func adapt(to count: Int, start: Int, threads: Int) {
            if threads < participation.active { return }
            let helpers =
                threads == 1 ? 0 : completed.load(ordering: .relaxed) / Self.oneThread - 1
            participation.record(
                Participation.Region(
                    tasks: count, helpers: helpers, start: start, end: Nanoseconds.now))
        }
    }
}

/// The clock by which threads wait: no result depends on it.
private enum Nanoseconds {
    static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
    }
}

/// A place to sleep until a condition holds.
private final class Gate: Sendable {
    private let mutex = PosixMutex()
    private let condition = PosixCondition()

    func wait(until isOpen: () -> Bool) {
        mutex.lock()
        while !isOpen() { condition.wait(giving: mutex) }
        mutex.unlock()
    }

    func wakeAll() {
        mutex.lock()
        condition.wakeAll()
        mutex.unlock()
    }
}
