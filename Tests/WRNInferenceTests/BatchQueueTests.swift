// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Testing
import WRNThreads

@testable import WRNInference

/// A worker that doubles numbers, notes its batches, and waits before each until it is released.
private final class Gatekeeper: Sendable {
    private struct Failure: Error {}

    private let batches = Locked<[[Int]]>([])
    private let gate = DispatchSemaphore(value: 0)
    private let started = DispatchSemaphore(value: 0)

    var seen: [[Int]] { batches.withLock { $0 } }

    /// Lets the worker compute so many batches.
    func release(_ count: Int) { for _ in 0..<count { gate.signal() } }

    /// Returns when the worker holds its next batch.
    func waitUntilStarted() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.started.wait()
                continuation.resume()
            }
        }
    }

    @Sendable func compute(_ inputs: [Int]) throws -> [Int] {
        batches.withLock { $0.append(inputs) }
        started.signal()
        gate.wait()
        guard !inputs.contains(13) else { throw Failure() }
        return inputs.map { 2 * $0 }
    }
}

/// Numbers in the order in which tasks note them.
private final class Notes: Sendable {
    private let list = Locked<[Int]>([])

    var numbers: [Int] { list.withLock { $0 } }

    func add(_ number: Int) { list.withLock { $0.append(number) } }
}

@Suite("A queue of batches")
struct BatchQueueTests {
    private let worker = Gatekeeper()

    private func queue(batch: Int) -> BatchQueue<Int, Int> {
        BatchQueue(batch: batch, workers: [worker.compute])
    }

    /// Asks for results one after another, so that their order in the queue is that of the numbers.
    private func ask(
        _ queue: BatchQueue<Int, Int>, _ numbers: Range<Int>, waiting: Int = 0
    ) async -> [Task<Int, any Error>] {
        var tasks: [Task<Int, any Error>] = []
        for number in numbers {
            tasks.append(Task { try await queue.result(for: number) })
            while queue.waitingCount < waiting + tasks.count { await Task.yield() }
        }
        return tasks
    }

    @Test("values that arrive while the worker is busy go together, in their order")
    func batches() async throws {
        let queue = queue(batch: 4)
        let first = Task { try await queue.result(for: 0) }
        await worker.waitUntilStarted()
        let others = await ask(queue, 1..<7)
        worker.release(3)
        #expect(try await first.value == 0)
        for (number, task) in others.enumerated() {
            #expect(try await task.value == 2 * (number + 1))
        }
        #expect(worker.seen == [[0], [1, 2, 3, 4], [5, 6]])
        #expect(queue.waitingCount == 0)
    }

    @Test("a free worker waits for nobody, and is free again afterwards")
    func alone() async throws {
        let queue = queue(batch: 4)
        worker.release(3)
        for number in 0..<3 { #expect(try await queue.result(for: number) == 2 * number) }
        #expect(worker.seen == [[0], [1], [2]])
    }

    @Test("what is cancelled in the queue is not computed, and the others are")
    func cancelsWaiting() async throws {
        let queue = queue(batch: 4)
        let first = Task { try await queue.result(for: 0) }
        await worker.waitUntilStarted()
        let others = await ask(queue, 1..<4)
        others[1].cancel()
        await #expect(throws: CancellationError.self) { try await others[1].value }
        #expect(queue.waitingCount == 2)
        worker.release(2)
        #expect(try await first.value == 0)
        #expect(try await others[0].value == 2)
        #expect(try await others[2].value == 6)
        #expect(worker.seen == [[0], [1, 3]])
    }

    @Test("a task that is cancelled while its batch is computed does not wait for the batch")
    func cancelsRunning() async throws {
        let queue = queue(batch: 4)
        let first = Task { try await queue.result(for: 0) }
        await worker.waitUntilStarted()
        first.cancel()
        // The worker is not released yet.
        await #expect(throws: CancellationError.self) { try await first.value }
        worker.release(2)
        #expect(try await queue.result(for: 5) == 10)
    }

    @Test("a task that is cancelled before it asks computes nothing")
    func cancelledBefore() async throws {
        let queue = queue(batch: 4)
        worker.release(2)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await queue.result(for: 1)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await queue.result(for: 2) == 4)
        #expect(worker.seen == [[2]])
    }

    @Test("an error is that of its batch, and the queue goes on")
    func fails() async throws {
        let queue = queue(batch: 2)
        let first = Task { try await queue.result(for: 0) }
        await worker.waitUntilStarted()
        let others = await ask(queue, 12..<16)
        worker.release(3)
        #expect(try await first.value == 0)
        await #expect(throws: (any Error).self) { try await others[0].value }
        await #expect(throws: (any Error).self) { try await others[1].value }
        #expect(try await others[2].value == 28)
        #expect(try await others[3].value == 30)
    }

    @Test("several workers compute at the same time, each a batch")
    func workers() async throws {
        let second = Gatekeeper()
        let queue = BatchQueue(batch: 2, workers: [worker.compute, second.compute])
        let one = Task { try await queue.result(for: 1) }
        await second.waitUntilStarted()
        let two = Task { try await queue.result(for: 2) }
        await worker.waitUntilStarted()
        worker.release(1)
        #expect(try await two.value == 4)
        second.release(1)
        #expect(try await one.value == 2)
    }

    @Test("the limit admits so many, in the order in which they came")
    func limit() async throws {
        let limit = AdmissionLimit(2)
        try await limit.enter()
        #expect(limit.tryEnter())
        #expect(!limit.tryEnter())
        let entered = Notes()
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<3 {
            tasks.append(
                Task {
                    try await limit.enter()
                    entered.add(number)
                })
            while limit.waitingCount <= number { await Task.yield() }
        }
        #expect(limit.count == 2)
        tasks[1].cancel()
        await #expect(throws: CancellationError.self) { try await tasks[1].value }
        limit.leave()
        try await tasks[0].value
        limit.leave()
        try await tasks[2].value
        #expect(entered.numbers == [0, 2])
        #expect(limit.count == 2)
        limit.leave()
        limit.leave()
        #expect(limit.count == 0)
        #expect(limit.tryEnter())
    }

    @Test("A worker is called directly, however many batches it has computed")
    func calledDirectly() async throws {
        let depths = Locked<[Int]>([])
        let queue = BatchQueue<Int, Int>(
            batch: 1,
            workers: [
                { inputs in
                    depths.withLock { $0.append(Thread.callStackReturnAddresses.count) }
                    return inputs
                }
            ])
        for number in 0..<100 { #expect(try await queue.result(for: number) == number) }
        let found = depths.withLock { $0 }
        #expect(found.count == 100)
        #expect(
            (found.max() ?? 0) - (found.min() ?? 0) < 8, "\(found.prefix(3)), \(found.suffix(3))")
    }

    @Test("tasks go on while there are as many computing workers as processors")
    func tasksGoOn() async throws {
        let count = ProcessInfo.processInfo.activeProcessorCount
        let started = Locked(0)
        let isReleased = Locked(false)
        // It computes until a task releases it, or gives up so that a failure does not hang.
        let compute: BatchQueue<Int, Bool>.Worker = { inputs in
            started.withLock { $0 += 1 }
            let limit = DispatchTime.now() + 20
            while !isReleased.withLock({ $0 }), DispatchTime.now() < limit {}
            return inputs.map { _ in isReleased.withLock { $0 } }
        }
        let queue = BatchQueue(batch: 1, workers: Array(repeating: compute, count: count))
        let tasks = (0..<count).map { number in Task { try await queue.result(for: number) } }
        while started.withLock({ $0 }) < count { await Task.yield() }
        isReleased.withLock { $0 = true }
        for task in tasks { #expect(try await task.value) }
    }
}
