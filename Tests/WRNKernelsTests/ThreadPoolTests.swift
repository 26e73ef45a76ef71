// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import WRNKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The thread pool under many short regions.
@Suite("The thread pool")
struct ThreadPoolTests {
    @Test("runs each task once", arguments: [1, 2, 3, 8])
    func runsEachTaskOnce(threads: Int) {
        let pool = ThreadPool(threadCount: threads)
        for count in [0, 1, 2, 3, 17, 1000] {
            let hits = (0..<count).map { _ in Counter() }
            pool.run(count: count) { task, worker in
                #expect((0..<threads).contains(worker))
                hits[task].add()
            }
            #expect(hits.allSatisfy { $0.value == 1 })
        }
    }

    @Test("keeps workers apart: no two tasks at once under one number")
    func keepsWorkersApart() {
        let pool = ThreadPool(threadCount: 4)
        let busy = (0..<4).map { _ in Counter() }
        for _ in 0..<200 {
            pool.run(count: 16) { _, worker in
                #expect(busy[worker].add() == 1)
                busy[worker].add(-1)
            }
        }
    }

    @Test("leaves threads beyond the processors out")
    func processors() {
        let pool = ThreadPool(threadCount: 4, processors: 2)
        #expect(pool.threadCount == 4)
        let runs = (0..<4).map { _ in Counter() }
        for _ in 0..<100 { pool.run(count: 64) { _, worker in runs[worker].add() } }
        #expect(runs[0].value + runs[1].value == 6400)
        #expect(runs[2].value + runs[3].value == 0)
    }

    @Test("gives a region no more threads than the limit, and all of them again")
    func limit() {
        let pool = ThreadPool(threadCount: 4)
        let runs = (0..<4).map { _ in Counter() }
        for round in 0..<400 {
            let limit = [1, 2, 4, 3][round % 4]
            pool.limitThreads(to: limit)
            let others = runs[limit...].map(\.value)
            let hits = (0..<32).map { _ in Counter() }
            pool.run(count: 32) { task, worker in
                runs[worker].add()
                hits[task].add()
            }
            #expect(hits.allSatisfy { $0.value == 1 })
            if limit == 1 { #expect(runs[1...].map(\.value) == others) }
        }
        pool.limitThreads(to: 1)
        let before = runs.map(\.value)
        for _ in 0..<100 { pool.run(count: 8) { _, worker in runs[worker].add() } }
        #expect(runs[0].value == before[0] + 800)
        #expect(runs[1...].map(\.value) == Array(before[1...]))
    }

    @Test("waits for a task that takes longer than the caller spins")
    func longTask() {
        let pool = ThreadPool(threadCount: 2)
        let ended = Counter()
        for _ in 0..<20 {
            // Each thread has one of them, whichever it is.
            pool.run(count: 2) { task, _ in
                if task == 1 { usleep(2000) }
                ended.add()
            }
        }
        #expect(ended.value == 40)
    }

    @Test("a region sees what the one before it wrote")
    func ordersRegions() {
        let pool = ThreadPool(threadCount: 3)
        let values = UnsafeMutableBufferPointer<Int>.allocate(capacity: 64)
        values.initialize(repeating: 0)
        defer { values.deallocate() }
        nonisolated(unsafe) let shared = values
        for round in 1...2000 {
            pool.run(count: 64) { task, _ in
                // Each task reads what another thread may have written a region ago.
                shared[task] = shared[task] + 1
            }
            if round % 500 == 0 { #expect(values.allSatisfy { $0 == round }) }
        }
    }

    @Test("starts and stops without work")
    func startsAndStops() {
        for _ in 0..<50 { _ = ThreadPool(threadCount: 4) }
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    @discardableResult
    func add(_ amount: Int = 1) -> Int {
        count.wrappingAdd(amount, ordering: .relaxed).newValue
    }
}
