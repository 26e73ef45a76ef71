// SPDX-License-Identifier: Apache-2.0

import WRNThreads
import WRNWorkers

/// Ports between threads of one process, over which messages arrive late and in pieces of time.
final class TestNetwork: Sendable {
    let size: Int
    /// Whether a look at the messages takes one at most.
    let takesOne: Bool

    private struct State: Sendable {
        /// Messages on their way, by sender, receiver and tag.
        var messages: [Route: [[UInt8]]] = [:]
        /// Workers whose threads stand still.
        var paused: Set<Int> = []
        var isAborted = false
    }

    struct Route: Hashable, Sendable {
        let sender: Int
        let receiver: Int
        let tag: Int
    }

    private let state = Awaited(State())

    init(size: Int, takesOne: Bool = false) {
        self.size = size
        self.takesOne = takesOne
    }

    /// The port of a worker.
    func port(_ rank: Int) -> TestPort { TestPort(rank: rank, network: self) }

    /// Stops a worker's thread of communication, as a signal stops a process.
    func pause(_ rank: Int) { state.change { _ = $0.paused.insert(rank) } }

    var isAborted: Bool { state.withLock { $0.isAborted } }

    fileprivate func abort() { state.change { $0.isAborted = true } }

    /// Waits while a worker is paused, unless the job has ended.
    fileprivate func pass(_ rank: Int) {
        state.wait { $0.isAborted || !$0.paused.contains(rank) ? () : nil }
    }

    fileprivate func put(_ bytes: [UInt8], _ route: Route) {
        state.withLock { $0.messages[route, default: []].append(bytes) }
    }

    /// How many messages are on their way.
    func count(from sender: Int, to receiver: Int, tag: Int) -> Int {
        let route = Route(sender: sender, receiver: receiver, tag: tag)
        return state.withLock { $0.messages[route]?.count ?? 0 }
    }

    fileprivate func take(_ route: Route) -> [UInt8]? {
        state.withLock { state in
            guard state.messages[route]?.isEmpty == false else { return nil }
            return state.messages[route]?.removeFirst()
        }
    }
}

/// One worker's port; a message arrives only at every third look, some later.
final class TestPort: MessagePort {
    let rank: Int
    let hosts: [String]

    private let network: TestNetwork
    private var next = 0
    private var looks = 0
    private var sent: [Int] = []
    private var receives:
        [(request: Int, memory: UnsafeMutableRawBufferPointer, TestNetwork.Route)] =
            []

    init(rank: Int, network: TestNetwork) {
        self.rank = rank
        self.network = network
        hosts = (0..<network.size).map { "host\($0)" }
    }

    var isAborted: Bool { network.isAborted }

    func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws(WorkerError) -> Int {
        network.put(Array(bytes), .init(sender: rank, receiver: peer, tag: tag))
        next += 1
        sent.append(next)
        return next
    }

    func receive(
        into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
    ) throws(WorkerError) -> Int {
        next += 1
        receives.append((next, bytes, .init(sender: peer, receiver: rank, tag: tag)))
        return next
    }

    func progress() throws(WorkerError) -> [CompleteRequest] {
        network.pass(rank)
        if network.isAborted { throw WorkerError(.lost, "the job has ended") }
        looks += 1
        var complete = sent.map { CompleteRequest(request: $0, count: 0) }
        sent = []
        guard network.takesOne || looks.isMultiple(of: 3) else { return complete }
        var open: [(request: Int, memory: UnsafeMutableRawBufferPointer, TestNetwork.Route)] = []
        for (request, memory, route) in receives {
            // The order of completion differs from the order of the calls; within a route, the
            // messages stay in order.
            let isFirst = !open.contains { $0.2 == route }
            let isTaken =
                network.takesOne ? complete.isEmpty : (request + looks).isMultiple(of: 2)
            guard isFirst, isTaken, let bytes = network.take(route) else {
                open.append((request, memory, route))
                continue
            }
            guard bytes.count <= memory.count else {
                throw WorkerError(.mismatch, "expected \(memory.count), found \(bytes.count)")
            }
            memory.copyBytes(from: bytes)
            complete.append(CompleteRequest(request: request, count: bytes.count))
        }
        receives = open
        return complete.reversed()
    }

    func close() {}

    func abort() { network.abort() }
}
