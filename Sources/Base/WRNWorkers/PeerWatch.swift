// SPDX-License-Identifier: Apache-2.0

/// What a worker knows of the others from the signs of life that they send, and when it gives up.
///
/// Every process sends such a sign several times within the time-out, from the thread that
/// communicates, also while it computes. A worker that is not heard for the whole time-out has
/// stopped or cannot be reached. One that is heard, but does not come to the step that the others
/// wait at (its disk hangs), has ``patience`` times as long.
struct PeerWatch: Sendable {
    /// How many times the time-out a worker may be late that is heard.
    static let patience = 10

    /// How long a worker may be silent.
    let timeout: Duration
    /// How often a sign is sent.
    var interval: Duration { min(timeout / 8, .seconds(1)) }

    private let rank: Int
    private var peers: [Peer]
    private var lastProgress: ContinuousClock.Instant
    private var lastLook: ContinuousClock.Instant

    private struct Peer: Sendable {
        var heard: ContinuousClock.Instant
        /// The calls that its training thread has made.
        var calls = 0
        var hasLeft = false
    }

    /// A worker that can no longer be waited for.
    struct Finding: Hashable, Sendable {
        let rank: Int
        /// Whether it is not heard; else it is heard, and late.
        let isSilent: Bool
    }

    init(rank: Int, size: Int, timeout: Duration, now: ContinuousClock.Instant) {
        self.rank = rank
        self.timeout = timeout
        peers = [Peer](repeating: Peer(heard: now), count: size)
        lastProgress = now
        lastLook = now
    }

    /// Notes that a message of a worker came.
    mutating func hear(_ peer: Int, now: ContinuousClock.Instant) {
        peers[peer].heard = now
    }

    /// Notes how many calls a worker's training thread has made.
    mutating func note(_ peer: Int, calls: Int) {
        peers[peer].calls = calls
    }

    /// Notes that a worker has ended its work as it should.
    mutating func leave(_ peer: Int) {
        peers[peer].hasLeft = true
    }

    /// Whether all others have ended their work.
    var allHaveLeft: Bool {
        peers.indices.allSatisfy { $0 == rank || peers[$0].hasLeft }
    }

    /// Notes that an exchange got on, or that there is none to wait for.
    mutating func progress(now: ContinuousClock.Instant) {
        lastProgress = now
    }

    /// Notes that this worker looks at its messages.
    ///
    /// Where it has not looked for a while because it was stopped itself, or its machine slept,
    /// the others have sent signs that it has not seen yet: their time begins anew.
    mutating func look(now: ContinuousClock.Instant) {
        if lastLook.duration(to: now) > timeout / 2 {
            for peer in peers.indices { peers[peer].heard = now }
            lastProgress = now
        }
        lastLook = now
    }

    /// The worker to give up, if there is one.
    ///
    /// - Parameter calls: The calls that this worker's training thread has made, while it waits
    ///   for others; nil while nothing is waited for.
    func finding(calls: Int?, now: ContinuousClock.Instant) -> Finding? {
        let others = peers.indices.filter { $0 != rank && !peers[$0].hasLeft }
        let silent = others.filter { peers[$0].heard.duration(to: now) > timeout }
        if let longest = silent.min(by: { peers[$0].heard < peers[$1].heard }) {
            return Finding(rank: longest, isSilent: true)
        }
        guard let calls, lastProgress.duration(to: now) > timeout * Self.patience,
            let last = others.min(by: { peers[$0].calls < peers[$1].calls }),
            // Where this worker is the last, the others find it.
            peers[last].calls <= calls
        else { return nil }
        return Finding(rank: last, isSilent: false)
    }

    /// The worker that reports the end: the first that is heard, this one included.
    func reporter(lost: Int?, now: ContinuousClock.Instant) -> Int {
        peers.indices.first { peer in
            peer == rank
                || peer != lost && !peers[peer].hasLeft
                    && peers[peer].heard.duration(to: now) <= timeout / 2
        } ?? rank
    }
}
