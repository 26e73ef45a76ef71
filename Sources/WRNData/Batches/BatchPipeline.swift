// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The state that a loader shares with its threads: a ring of batches, between the next one to deliver and the next
/// one to prepare.
///
/// Everything mutable is touched only under the condition's lock.
final class BatchPipeline: @unchecked Sendable {
    private let sequence: BatchSequence
    private let condition = NSCondition()
    private var ring: [Batch?]
    private var nextToDeliver: Int
    private var nextToPrepare: Int
    private var isCancelled = false

    init(_ sequence: BatchSequence, window: Int, startingAt index: Int) {
        self.sequence = sequence
        ring = Array(repeating: nil, count: window)
        nextToDeliver = index
        nextToPrepare = index
    }

    /// Prepares batches until there are no more, or the pipeline is cancelled.
    func work() {
        while let index = claim() {
            deposit(sequence.batch(at: index))
        }
    }

    /// The next batch in order, or nil after the last.
    func next() throws(DataError) -> Batch? {
        condition.lock()
        defer { condition.unlock() }
        while !isCancelled && nextToDeliver < sequence.count {
            let slot = nextToDeliver % ring.count
            if let batch = ring[slot] {
                ring[slot] = nil
                nextToDeliver += 1
                condition.broadcast()
                return batch
            }
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
        condition.lock()
        defer { condition.unlock() }
        return nextToPrepare
    }

    /// Wakes and ends everyone.
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

    private func deposit(_ batch: Batch) {
        condition.lock()
        if !isCancelled { ring[batch.index % ring.count] = batch }
        condition.broadcast()
        condition.unlock()
    }
}
