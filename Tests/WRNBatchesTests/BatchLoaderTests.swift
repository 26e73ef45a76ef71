// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport
import WRNThreads

@testable import WRNBatches
@testable import WRNDatasets
@testable import WRNFetch

@Suite("The batch loader")
struct BatchLoaderTests {
    private func sequence(_ count: Int, batchSize: Int = 4) throws -> BatchSequence {
        try BatchSequence(
            images: Formula.images(count), normalization: .cifar, augmentation: .standard,
            batchSize: batchSize, order: .shuffled(seed: 3, epoch: 2), seed: 3)
    }

    @Test(
        "The batches are the same, and in order, for any number of workers", arguments: [1, 2, 5])
    func isDeterministic(_ workers: Int) throws {
        let batches = try sequence(203)
        let loader = try BatchLoader(batches, workers: workers)
        var index = 0
        while let batch = try loader.next() {
            let expected = try batches.batch(at: index)
            #expect(batch.index == index)
            #expect(batch.images == expected.images)
            #expect(batch.labels == expected.labels)
            #expect(batch.imageIndices == expected.imageIndices)
            index += 1
        }
        #expect(index == 51)
        #expect(try loader.next() == nil)
    }

    @Test("It can start in the middle, and at the end")
    func startsLater() throws {
        let batches = try sequence(40)
        let loader = try BatchLoader(batches, workers: 2, startingAt: 7)
        var seen: [Int] = []
        while let batch = try loader.next() { seen.append(batch.index) }
        #expect(seen == [7, 8, 9])
        #expect(try BatchLoader(batches, workers: 2, startingAt: 10).next() == nil)
        expectError(.invalidArgument, "no batch 11") {
            try BatchLoader(batches, workers: 2, startingAt: 11)
        }
        expectError(.invalidArgument, "no batch -1") {
            try BatchLoader(batches, workers: 2, startingAt: -1)
        }
        expectError(.invalidArgument, "1 worker or more") { try BatchLoader(batches, workers: 0) }
    }

    @Test("Dropped at once, half-way or at the end, it ends without a deadlock")
    func canBeAbandoned() throws {
        let batches = try sequence(200)
        for round in 0..<200 {
            let loader = try BatchLoader(batches, workers: 1 + round % 4)
            for _ in 0..<round % 60 { _ = try loader.next() }
        }
    }

    #if os(Linux)
        @Test("No thread is left once it is dropped")
        func leavesNoThread() throws {
            let batches = try sequence(200)
            let name = "wrn-probe-\(UInt32.random(in: 0 ... .max) % 10_000)"
            // Threads inherit the name of the one that makes them, so the loader's can be
            // distinguished from all others.
            let counts = Locked((during: -1, after: -1))
            let thread = Thread {
                try? name.write(
                    toFile: "/proc/thread-self/comm", atomically: false, encoding: .utf8)
                if let loader = try? BatchLoader(batches, workers: 3) {
                    _ = try? loader.next()
                    let during = Self.threads(named: name)
                    counts.withLock { $0.during = during }
                }
                let after = Self.threads(named: name)
                counts.withLock { $0.after = after }
            }
            thread.start()
            while !thread.isFinished { usleep(1000) }
            let (during, after) = counts.withLock { $0 }
            #expect(during == 4)
            #expect(after == 1)
        }

        private static func threads(named name: String) -> Int {
            let tasks =
                (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
            return tasks.count { task in
                let found = try? String(
                    contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
                return found?.trimmingCharacters(in: .newlines) == name
            }
        }
    #endif

    @Test("After a cancel, who waits is woken and told")
    func canBeCancelled() throws {
        let loader = try BatchLoader(sequence(200), workers: 2)
        _ = try loader.next()
        let waiter = Thread { loader.cancel() }
        waiter.start()
        var failure: DataError?
        do {
            // Ends: either every batch comes before the cancel, or the cancel is heard.
            while try loader.next() != nil {}
        } catch { failure = error }
        while !waiter.isFinished { usleep(1000) }
        #expect(failure == nil || failure?.code == .cancelled)
        expectError(.cancelled, "cancelled") { try loader.next() }
    }

    @Test("Several callers get each batch once between them")
    func sharesBatches() throws {
        let loader = try BatchLoader(sequence(400), workers: 3)
        let seen = Locked<[Int]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            while let batch = try? loader.next() { seen.withLock { $0.append(batch.index) } }
        }
        #expect(seen.withLock { $0.sorted() } == Array(0..<100))
    }

    @Test("Not more than the window is prepared ahead")
    func respectsWindow() throws {
        let pipeline = BatchPipeline(try sequence(400), window: 4, startingAt: 0)
        let worker = try #require(SystemThread { pipeline.work() })
        _ = try pipeline.next()
        // However long the worker runs now, it may not pass batch 4.
        usleep(20_000)
        #expect(pipeline.preparedCount <= 5)
        pipeline.cancel()
        worker.join()
    }

    @Test("An empty set has no batches")
    func emptySet() throws {
        let images = try Formula.images(1).prefix(0)
        let loader = try BatchLoader(
            images: images, normalization: .cifar, batchSize: 2, workers: 2)
        #expect(try loader.next() == nil)
    }
}
