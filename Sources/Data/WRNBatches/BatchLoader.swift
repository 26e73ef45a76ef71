// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
package import WRNFetch
import WRNThreads

/// A loader that prepares the next batches on its own threads while the caller works on the last
/// one.
///
/// The batches are those of a ``BatchSequence``, in order, whatever the number of threads. At most
/// `workers + 2` are prepared ahead, and fewer where they would take more than 512 MiB, but at
/// least two. Dropping the loader ends its threads before it returns, also half-way through an
/// epoch.
package final class BatchLoader: Sendable {
    /// The batches.
    package let sequence: BatchSequence

    private static let maximumByteCount = 512 << 20

    private let pipeline: BatchPipeline
    private let threads: [SystemThread]

    /// Starts to prepare the batches of a sequence.
    ///
    /// - Parameters:
    ///   - workers: The number of threads.
    ///   - batchIndex: The first batch to deliver, for going on in the middle of an epoch.
    /// - Throws: ``DataError`` for less than one worker, a first batch outside `0 ... count`, or
    ///   when the system gives no thread.
    package init(
        _ sequence: BatchSequence, workers: Int = 2, startingAt batchIndex: Int = 0
    ) throws(DataError) {
        guard workers >= 1 else {
            throw DataError(.invalidArgument, "a loader needs 1 worker or more, not \(workers)")
        }
        guard (0...sequence.count).contains(batchIndex) else {
            throw DataError(
                .invalidArgument,
                "there is no batch \(batchIndex) to start at; there are \(sequence.count)")
        }
        self.sequence = sequence
        let affordable = Self.maximumByteCount / max(sequence.batchByteCount, 1)
        let pipeline = BatchPipeline(
            sequence, window: max(min(workers + 2, affordable), 2), startingAt: batchIndex)
        self.pipeline = pipeline
        let useful = min(workers, max(sequence.count - batchIndex, 1))
        threads = (0..<useful).compactMap { _ in SystemThread { pipeline.work() } }
        guard !threads.isEmpty else {
            throw DataError(.unsupported, "the system gives no thread to prepare batches on")
        }
    }

    /// Starts to prepare the batches of one epoch; the arguments are those of ``BatchSequence``.
    package convenience init(
        images: any ImageSet, normalization: Normalization, augmentation: Augmentation = .none,
        batchSize: Int, order: BatchOrder = .sequential, seed: UInt64 = 0,
        dropsLastPartialBatch: Bool = false, skipsBroken: Bool = false,
        sharding: BatchSharding = BatchSharding(),
        scaledTo size: (height: Int, width: Int)? = nil, workers: Int = 2,
        startingAt batchIndex: Int = 0
    ) throws(DataError) {
        let sequence = try BatchSequence(
            images: images, normalization: normalization, augmentation: augmentation,
            batchSize: batchSize, order: order, seed: seed,
            dropsLastPartialBatch: dropsLastPartialBatch, skipsBroken: skipsBroken,
            sharding: sharding, scaledTo: size)
        try self.init(sequence, workers: workers, startingAt: batchIndex)
    }

    deinit {
        pipeline.cancel()
        for thread in threads { thread.join() }
    }

    /// The next batch, or nil after the last; waits for it when it is not ready.
    ///
    /// Several threads may call it; each batch goes to one of them.
    ///
    /// - Throws: ``DataError`` for a broken file, in its batch's turn, unless such files are
    ///   skipped; with the code `cancelled` after ``cancel()``.
    package func next() throws(DataError) -> Batch? {
        try pipeline.next()
    }

    /// How fast the batches are prepared, and how long they were waited for.
    package var statistics: LoaderStatistics { pipeline.statistics }

    /// Stops the preparation; whoever waits in ``next()`` is woken.
    package func cancel() {
        pipeline.cancel()
    }
}

/// The statistics of a loader: its speed, and how long callers waited for it.
package struct LoaderStatistics: Hashable, Sendable {
    /// The images of all batches that are prepared.
    package var images = 0
    /// The seconds that its threads worked on them, added up over the threads.
    package var workSeconds = 0.0
    /// The seconds that the caller waited for a batch which was not ready.
    package var waitSeconds = 0.0
    /// The files that were left out because they are broken.
    package var broken = 0

    /// Creates the statistics of a loader without batches.
    package init() {}

    /// The images that one thread prepares in a second; nil before the first.
    package var imagesPerSecondAndThread: Double? {
        images > 0 && workSeconds > 0 ? Double(images) / workSeconds : nil
    }

    /// The statistics of two loaders together.
    package static func + (left: LoaderStatistics, right: LoaderStatistics) -> LoaderStatistics {
        var sum = left
        sum.images += right.images
        sum.workSeconds += right.workSeconds
        sum.waitSeconds += right.waitSeconds
        sum.broken += right.broken
        return sum
    }
}
