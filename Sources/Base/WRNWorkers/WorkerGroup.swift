// SPDX-License-Identifier: Apache-2.0

/// The processes that train one network together, seen from one of them, a *worker*.
///
/// All workers make the same calls in the same order. A worker makes them from one thread at a
/// time.
///
/// A sum of N workers' values a0, a1, ... is their fixed binary tree,
///
///     ((a0 + a1) + (a2 + a3)) + ((a4 + a5) + (a6 + a7))
///
/// element by element, each addition rounded once, so that its bits do not depend on the network,
/// on which values arrive first, or on the pieces that they are sent in.
package protocol WorkerGroup: AnyObject, Sendable {
    /// The number of this worker, from 0 to `size - 1`.
    var rank: Int { get }

    /// How many workers there are: a power of two.
    var size: Int { get }

    /// Names a worker for sentences, for example `worker 3 on node-b`.
    func name(of rank: Int) -> String

    /// Begins to replace `values` by their sum over all workers, and returns at once.
    ///
    /// Sums are completed in the order in which they were begun. The memory belongs to the group
    /// until ``finishSums()`` returns or throws: it must stay allocated, and is neither read nor
    /// written.
    ///
    /// - Parameter values: As many as each other worker's; there may be none.
    /// - Throws: A ``WorkerError`` when the group has failed.
    func beginSum(_ values: UnsafeMutableBufferPointer<Float>) throws(WorkerError)

    /// Waits for all sums that were begun.
    ///
    /// - Throws: A ``WorkerError`` when another worker is lost, does not answer, or has begun
    ///   another sum; the values are then undefined, and so are those of all later calls.
    func finishSums() throws(WorkerError)

    /// Replaces `values` by their sum over all workers, after all sums that were begun before.
    ///
    /// - Throws: As ``finishSums()``.
    func sum(_ values: inout [Double]) throws(WorkerError)

    /// Replaces the bytes by those of worker 0, whatever their number here.
    ///
    /// - Throws: As ``finishSums()``.
    func broadcast(_ bytes: inout [UInt8]) throws(WorkerError)

    /// The bytes of each worker, in the order of their numbers, which may differ in their counts.
    ///
    /// - Throws: As ``finishSums()``.
    func gather(_ bytes: [UInt8]) throws(WorkerError) -> [[UInt8]]

    /// Ends the group for all workers because this one cannot go on: the others' waiting and later
    /// calls throw, or their processes end.
    ///
    /// - Parameter message: The sentence of the failure, which names what went wrong here.
    func abandon(_ message: String)

    /// Waits until all workers have come to their ends, and takes leave of them; the last call.
    ///
    /// - Throws: As ``finishSums()``.
    func leave() throws(WorkerError)

    /// What was sent and waited for since the group was joined.
    var traffic: WorkerTraffic { get }
}

/// What a worker has sent to the others and received from them, and how long it has waited.
package struct WorkerTraffic: Hashable, Sendable {
    /// The bytes of values that were sent.
    package var bytesSent = 0
    /// The bytes of values that were received.
    package var bytesReceived = 0
    /// How long the worker's thread has waited for sums and other exchanges.
    package var waited = Duration.zero

    /// Creates the traffic of a worker that has none.
    package init() {}
}

extension WorkerGroup {
    /// Whether this worker writes the record of the run: the first one does.
    package var isFirst: Bool { rank == 0 }

    /// The part of a sequence of `count` that this worker has when all workers have contiguous
    /// parts of it, in the order of their numbers, whose counts differ by one at most.
    package func share(of count: Int) -> Range<Int> {
        rank * count / size..<(rank + 1) * count / size
    }
}

extension WorkerGroup {
    package func leave() throws(WorkerError) {}

    package var traffic: WorkerTraffic { WorkerTraffic() }
}

/// A process that trains alone.
package final class SoloWorker: WorkerGroup {
    package let rank = 0
    package let size = 1

    /// Creates a group of one.
    package init() {}

    package func name(of rank: Int) -> String { "the only worker" }

    package func beginSum(_ values: UnsafeMutableBufferPointer<Float>) throws(WorkerError) {}

    package func finishSums() throws(WorkerError) {}

    package func sum(_ values: inout [Double]) throws(WorkerError) {}

    package func broadcast(_ bytes: inout [UInt8]) throws(WorkerError) {}

    package func gather(_ bytes: [UInt8]) throws(WorkerError) -> [[UInt8]] { [bytes] }

    package func abandon(_ message: String) {}
}
