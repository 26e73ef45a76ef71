// SPDX-License-Identifier: Apache-2.0

/// The signs of life between one worker and each of the others.
///
/// A sign is the number of calls that the sender's training thread has made; the last one, which
/// takes leave, is -1. What ``watch`` concludes from those that come is whom to give up.
struct SignsOfLife {
    private static let tag = 1
    private static let leave = -1

    /// What is known of the others.
    var watch: PeerWatch
    /// When the next sign is due.
    private(set) var next: ContinuousClock.Instant

    private let messages: Messages
    private var memories: [Memory]
    /// The workers to whom the last sign was sent.
    private var parted: Set<Int> = []

    /// The signs to and from one worker that are under way.
    private struct Memory {
        let received = RawBytes(count: 8)
        let sent = RawBytes(count: 8)
        var isSending = false
    }

    init(_ messages: Messages, timeout: Duration, now: ContinuousClock.Instant) {
        self.messages = messages
        watch = PeerWatch(rank: messages.rank, size: messages.size, timeout: timeout, now: now)
        next = now
        memories = (0..<messages.size).map { _ in Memory() }
    }

    /// All workers but this one.
    private var peers: some Sequence<Int> {
        (0..<messages.size).lazy.filter { [rank = messages.rank] in $0 != rank }
    }

    /// Whether the last sign was sent to all others.
    var haveEnded: Bool { parted.count == messages.size - 1 }

    /// Waits for the first sign of each of the others.
    func begin() throws(JobEnd) {
        for peer in peers { try receive(from: peer) }
    }

    private func receive(from peer: Int) throws(JobEnd) {
        try JobEnd.attempt(about: peer) { () throws(WorkerError) in
            try messages.receive(
                into: memories[peer].received.memory, from: peer, tag: Self.tag,
                purpose: .sign(peer: peer, receives: true))
        }
    }

    /// Takes a sign that has come, and waits for the next one unless the sender takes leave.
    mutating func take(from peer: Int, now: ContinuousClock.Instant) throws(JobEnd) {
        watch.hear(peer, now: now)
        let calls = memories[peer].received.memory.load(as: Int64.self)
        guard calls >= 0 else { return watch.leave(peer) }
        watch.note(peer, calls: Int(calls))
        try receive(from: peer)
    }

    /// Sends a sign to each worker that has taken the one before.
    ///
    /// - Parameter calls: The calls that the training thread has made; nil takes leave.
    mutating func send(calls: Int?, now: ContinuousClock.Instant) throws(JobEnd) {
        for peer in peers where !memories[peer].isSending && !parted.contains(peer) {
            memories[peer].sent.memory.storeBytes(
                of: Int64(calls ?? Self.leave), as: Int64.self)
            memories[peer].isSending = true
            if calls == nil { parted.insert(peer) }
            try JobEnd.attempt(about: peer) { () throws(WorkerError) in
                try messages.send(
                    UnsafeRawBufferPointer(memories[peer].sent.memory), to: peer, tag: Self.tag,
                    purpose: .sign(peer: peer, receives: false))
            }
        }
        next = now + watch.interval
    }

    /// Notes that the sign to a worker is on its way, so that its memory is free for the next.
    mutating func finishSending(to peer: Int) {
        memories[peer].isSending = false
    }
}
