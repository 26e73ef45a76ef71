// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFetch

/// The state that a loader shares with its threads: a ring of batches, between the next one to
/// deliver and the next one to prepare.
///
/// All mutable state is accessed under the condition's lock.
final class BatchPipeline: @unchecked Sendable {
    private typealias Outcome = Swift.Result<Batch, DataError>

    private let sequence: BatchSequence
    private let condition = NSCondition()
    private var ring: [Outcome?]
    private var nextToDeliver: Int
    private var nextToPrepare: Int
    private var isCancelled = false
    private var tally = LoaderStatistics()

    init(_ sequence: BatchSequence, window: Int, startingAt index: Int) {
        self.sequence = sequence
        ring = Array(repeating: nil, count: window)
        nextToDeliver = index
        nextToPrepare = index
    }

    /// Prepares batches until there are no more, or the pipeline is cancelled.
    func work() {
        while let index = claim() {
            let start = ContinuousClock.now
            let outcome: Outcome
            do throws(DataError) {
                outcome = .success(try sequence.batch(at: index))
            } catch {
                outcome = .failure(error)
            }
            deposit(outcome, at: index, seconds: (ContinuousClock.now - start) / .seconds(1))
        }
    }

    /// The next batch in order, or nil after the last.
    ///
    /// - Throws: What was wrong with the next batch, in its turn and again each time, or that the
    ///   loader was cancelled.
    func next() throws(DataError) -> Batch? {
        condition.lock()
        defer { condition.unlock() }
        var start: ContinuousClock.Instant?
        defer {
            if let start { tally.waitSeconds += (ContinuousClock.now - start) / .seconds(1) }
        }
        while !isCancelled && nextToDeliver < sequence.count {
            let slot = nextToDeliver % ring.count
            if let outcome = ring[slot] {
                let batch = try outcome.get()
                ring[slot] = nil
                nextToDeliver += 1
                condition.broadcast()
                return batch
            }
            start = start ?? ContinuousClock.now
            condition.wait()
        }
        if isCancelled {
            throw DataError(
                .cancelled, "the batches are no longer prepared; the loader was cancelled")
        }
        return nil
    }

    /// How many batches were begun or prepared so far, those before the first one counted.
    var preparedCount: Int {
        condition.withLock { nextToPrepare }
    }

    /// The statistics so far.
    var statistics: LoaderStatistics {
        condition.withLock { tally }
    }

    /// Wakes all waiting threads, which then end.
    func cancel() {
        condition.lock()
        isCancelled = true
        ring = Array(repeating: nil, count: ring.count)
        condition.broadcast()
        condition.unlock()
    }

    /// The number of a batch to prepare, once there is room for it in the ring.
    private func claim() -> Int? {
        condition.lock()
        defer { condition.unlock() }
        while !isCancelled && nextToPrepare < sequence.count
            && nextToPrepare >= nextToDeliver + ring.count
        {
            condition.wait()
        }
        guard !isCancelled, nextToPrepare < sequence.count else { return nil }
        defer { nextToPrepare += 1 }
        return nextToPrepare
    }

    private func deposit(_ outcome: Outcome, at index: Int, seconds: Double) {
        condition.lock()
        tally.workSeconds += seconds
        if case .success(let batch) = outcome {
            tally.images += batch.count
            tally.broken += batch.broken.count
        }
        if !isCancelled { ring[index % ring.count] = outcome }
        condition.broadcast()
        condition.unlock()
    }
}
