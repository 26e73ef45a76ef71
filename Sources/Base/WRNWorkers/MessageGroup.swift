// SPDX-License-Identifier: Apache-2.0

import WRNThreads

/// Workers that are processes and exchange messages, by MPI for example.
///
/// A thread of its own communicates, so that sums go on while the worker computes: it begins the
/// pieces of sums in the order of the calls, keeps several under way, and sleeps between looks at
/// the network. The same thread sends the signs of life by which the others see that this process
/// is well, and ends the job where one of them is not (``PeerWatch``).
package final class MessageGroup: WorkerGroup {
    /// The most bytes of one message.
    package static let largestMessage = 1 << 26

    package let rank: Int
    package var size: Int { hosts.count }

    private let hosts: [String]
    private let state: Awaited<State>
    private let thread: Locked<SystemThread?>

    /// What both threads share.
    struct State: Sendable {
        /// The number of this process and the machines of all, once they are joined.
        var joined: (rank: Int, hosts: [String])?
        /// The calls that the communicating thread has not taken yet.
        var calls: [Call] = []
        /// How many calls were made, and how many of them are not complete.
        var madeCount = 0
        var openCount = 0
        /// The answer to the last gathering.
        var gathered: [[UInt8]]?
        /// Whether the worker's thread waits.
        var isWaiting = false
        /// Why this worker cannot go on.
        var abandonment: WorkerError?
        var isLeaving = false
        var hasLeft = false
        var failure: WorkerError?
        var traffic = WorkerTraffic()
    }

    /// A call of the worker's thread.
    enum Call: @unchecked Sendable {
        /// The caller lends the memory until the sum is complete.
        case sum(UnsafeMutableBufferPointer<Float>)
        case gather([UInt8])
    }

    /// Joins the other processes.
    ///
    /// - Parameters:
    ///   - timeout: How long another worker may be silent.
    ///   - pieceCount: The most values of a piece of a sum, the same on all workers: long enough
    ///     that messages fill the network, short enough that one piece is added while others are
    ///     sent. The sums do not depend on it.
    ///   - report: Shows the sentence of a failure before the job is ended; called by at most one
    ///     worker of those that can still reach each other.
    ///   - makePort: Joins the system of messages; called on the thread that communicates.
    /// - Throws: The error of `makePort`; a ``WorkerError`` where the number of workers is not a
    ///   power of two or the system grants no thread.
    package init(
        timeout: Duration, pieceCount: Int = 1 << 18,
        report: @escaping @Sendable (String) -> Void,
        makePort: @escaping @Sendable () throws(WorkerError) -> any MessagePort
    ) throws(WorkerError) {
        let state = Awaited(State())
        let started = SystemThread {
            do throws(WorkerError) {
                let communicator = Communicator(
                    try makePort(), state: state, timeout: timeout, pieceCount: pieceCount,
                    report: report)
                communicator.run()
            } catch {
                state.change { $0.failure = error }
            }
        }
        guard let started else {
            throw WorkerError(.unavailable, "the system grants no thread for the communication")
        }
        do throws(WorkerError) {
            (rank, hosts) = try state.wait { state throws(WorkerError) in
                if let failure = state.failure { throw failure }
                return state.joined
            }
        } catch {
            started.join()
            throw error
        }
        self.state = state
        thread = Locked(started)
    }

    deinit {
        // Where the job goes on, the others must not wait for a worker that nobody holds any more.
        let error = WorkerError(.lost, "\(name(of: rank)) has ended without taking leave")
        state.change { state in
            guard state.failure == nil, !state.hasLeft else { return }
            state.abandonment = state.abandonment ?? error
        }
        join()
    }

    package func name(of rank: Int) -> String { "worker \(rank) on \(hosts[rank])" }

    package func beginSum(_ values: UnsafeMutableBufferPointer<Float>) throws(WorkerError) {
        try make(.sum(values))
    }

    package func finishSums() throws(WorkerError) {
        try wait { $0.openCount == 0 ? () : nil }
    }

    package func sum(_ values: inout [Double]) throws(WorkerError) {
        let bytes = values.withUnsafeBytes { Array($0) }
        let all = try gather(bytes)
        for (rank, other) in all.enumerated() where other.count != bytes.count {
            throw WorkerError(
                .mismatch,
                "\(name(of: rank)) is at another step than \(name(of: self.rank)): expected "
                    + "\(values.count) numbers to add, found "
                    + "\(other.count / MemoryLayout<Double>.stride); run the same program on all "
                    + "machines")
        }
        for index in values.indices {
            var level = all.map { bytes in
                bytes.withUnsafeBytes {
                    $0.loadUnaligned(
                        fromByteOffset: index * MemoryLayout<Double>.stride, as: Double.self)
                }
            }
            while level.count > 1 {
                level = stride(from: 0, to: level.count, by: 2).map { level[$0] + level[$0 + 1] }
            }
            values[index] = level[0]
        }
    }

    package func broadcast(_ bytes: inout [UInt8]) throws(WorkerError) {
        bytes = try gather(isFirst ? bytes : [])[0]
    }

    package func gather(_ bytes: [UInt8]) throws(WorkerError) -> [[UInt8]] {
        try make(.gather(bytes))
        return try wait { state in
            guard state.openCount == 0 else { return nil }
            defer { state.gathered = nil }
            return state.gathered
        }
    }

    package func abandon(_ message: String) {
        let error = WorkerError(.lost, "\(name(of: rank)): \(message)")
        state.change { $0.abandonment = error }
        // The communicating thread ends the job; where that ends no process, it notes the failure.
        state.wait { $0.failure != nil || $0.hasLeft ? () : nil }
        join()
    }

    package func leave() throws(WorkerError) {
        state.change { $0.isLeaving = true }
        try wait { $0.hasLeft ? () : nil }
        join()
    }

    package var traffic: WorkerTraffic { state.withLock { $0.traffic } }

    private func make(_ call: Call) throws(WorkerError) {
        try state.change { state throws(WorkerError) in
            if let failure = state.failure { throw failure }
            state.calls.append(call)
            state.madeCount += 1
            state.openCount += 1
        }
    }

    private func wait<Result>(
        _ body: (inout State) -> Result?
    ) throws(WorkerError) -> Result {
        let start = ContinuousClock.now
        state.change { $0.isWaiting = true }
        return try state.wait { state throws(WorkerError) in
            if let failure = state.failure {
                state.isWaiting = false
                throw failure
            }
            guard let result = body(&state) else { return nil }
            state.isWaiting = false
            state.traffic.waited += start.duration(to: .now)
            return result
        }
    }

    private func join() {
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }
}
