// SPDX-License-Identifier: Apache-2.0

import WRNThreads

/// Workers that are threads of one process, each with a member of the group.
///
///     let group = LocalGroup(size: 4)
///     for worker in group.members { SystemThread { train(with: worker) } }
///
/// It computes what processes on many machines compute, to the bit. A sum takes the values as they
/// are when it is begun, as a network may, so that who begins one before its values are complete
/// gets a wrong sum here, too.
package final class LocalGroup: Sendable {
    /// The workers, in the order of their numbers.
    package let members: [any WorkerGroup]

    /// Creates a group.
    ///
    /// - Parameter size: The number of workers, a power of two.
    package init(size: Int) {
        precondition(
            size >= 1 && size & (size - 1) == 0,
            "a group has a power of two of workers, not \(size)")
        let meeting = Meeting(size: size)
        members = (0..<size).map { LocalWorker(rank: $0, meeting: meeting) }
    }
}

/// One of the workers of a ``LocalGroup``.
private final class LocalWorker: WorkerGroup {
    let rank: Int
    var size: Int { meeting.size }

    private let meeting: Meeting
    /// The sums that were begun: where they are to be written, and the values.
    private let begun = Locked<[BegunSum]>([])

    init(rank: Int, meeting: Meeting) {
        self.rank = rank
        self.meeting = meeting
    }

    func name(of rank: Int) -> String { "worker \(rank)" }

    func beginSum(_ values: UnsafeMutableBufferPointer<Float>) throws(WorkerError) {
        try meeting.check()
        begun.withLock { $0.append(BegunSum(target: values, values: Array(values))) }
    }

    func finishSums() throws(WorkerError) {
        let begun = begun.withLock { sums in
            defer { sums = [] }
            return sums
        }
        for sum in begun {
            let total = try reduce(.floats(sum.values)) { $0.floats }
            for (index, value) in total.enumerated() { sum.target[index] = value }
        }
    }

    func sum(_ values: inout [Double]) throws(WorkerError) {
        try finishSums()
        values = try reduce(.doubles(values)) { $0.doubles }
    }

    func broadcast(_ bytes: inout [UInt8]) throws(WorkerError) {
        try finishSums()
        let all = try meeting.exchange(.bytes(bytes), rank: rank)
        guard let first = all[0].bytes else { throw differentCall(all) }
        bytes = first
    }

    func gather(_ bytes: [UInt8]) throws(WorkerError) -> [[UInt8]] {
        try finishSums()
        let all = try meeting.exchange(.bytes(bytes), rank: rank)
        let gathered = all.compactMap(\.bytes)
        guard gathered.count == all.count else { throw differentCall(all) }
        return gathered
    }

    func abandon(_ message: String) {
        meeting.fail(WorkerError(.lost, "\(name(of: rank)): \(message)"))
    }

    /// The tree of all workers' values.
    private func reduce<Element: FloatingPoint>(
        _ payload: Payload, _ elements: (Payload) -> [Element]?
    ) throws(WorkerError) -> [Element] {
        let all = try meeting.exchange(payload, rank: rank)
        var level = all.compactMap(elements)
        guard level.count == all.count, level.allSatisfy({ $0.count == level[0].count }) else {
            throw differentCall(all)
        }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map { pair in
                zip(level[pair], level[pair + 1]).map { $0 + $1 }
            }
        }
        return level[0]
    }

    private func differentCall(_ all: [Payload]) -> WorkerError {
        let calls = all.enumerated().map { "\(name(of: $0)): \($1.description)" }
        let error = WorkerError(
            .mismatch,
            "the workers are at different steps (\(calls.joined(separator: ", "))); "
                + "run the same program on all of them")
        meeting.fail(error)
        return error
    }
}

/// A sum that was begun, and not written yet.
private struct BegunSum: @unchecked Sendable {
    /// The memory of the caller, which lends it until the sum is finished.
    let target: UnsafeMutableBufferPointer<Float>
    let values: [Float]
}

/// What a worker brings to an exchange.
private enum Payload: Sendable {
    case floats([Float])
    case doubles([Double])
    case bytes([UInt8])

    var floats: [Float]? { if case .floats(let values) = self { values } else { nil } }
    var doubles: [Double]? { if case .doubles(let values) = self { values } else { nil } }
    var bytes: [UInt8]? { if case .bytes(let values) = self { values } else { nil } }

    var description: String {
        switch self {
        case .floats(let values): "a sum of \(values.count) values"
        case .doubles(let values): "a sum of \(values.count) counts"
        case .bytes(let bytes): "\(bytes.count) bytes"
        }
    }
}

/// Where the workers of a ``LocalGroup`` exchange what they bring, all at the same time.
private final class Meeting: Sendable {
    let size: Int

    private struct State: Sendable {
        /// What the workers have brought to the exchange under way.
        var brought: [Int: Payload] = [:]
        /// The last complete exchange, and how many there were.
        var complete: [Payload] = []
        var count = 0
        var failure: WorkerError?
    }

    private let state = Awaited(State())

    init(size: Int) { self.size = size }

    /// Throws the failure of the group, where it has one.
    func check() throws(WorkerError) {
        if let failure = state.change({ $0.failure }) { throw failure }
    }

    /// Ends the group; the first failure is the one that all workers see.
    func fail(_ error: WorkerError) {
        state.change { $0.failure = $0.failure ?? error }
    }

    /// What each worker has brought, in the order of their numbers; waits for all.
    func exchange(_ payload: Payload, rank: Int) throws(WorkerError) -> [Payload] {
        let number = state.change { state in
            let number = state.count
            state.brought[rank] = payload
            if state.brought.count == size {
                state.complete = (0..<size).compactMap { state.brought[$0] }
                state.brought = [:]
                state.count += 1
            }
            return number
        }
        // No worker is two exchanges ahead: for the next to be complete, this one must join it.
        return try state.wait { state throws(WorkerError) in
            if state.count > number { return state.complete }
            if let failure = state.failure { throw failure }
            return nil
        }
    }
}
