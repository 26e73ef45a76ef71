// SPDX-License-Identifier: Apache-2.0

import WRNThreads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the thread of a ``MessageGroup`` does that communicates.
final class Communicator {
    /// The exchanges that are under way at the same time.
    private static let runningLimit = 8
    /// How long the workers give the one that reports a failure to end the job.
    private static let reportTime = Duration.seconds(5)
    /// The bytes of a message that holds the sentence of a failure.
    private static let sentenceLength = 2048

    /// The tags of messages beside those of ``SignsOfLife``; exchanges take turns with those from
    /// `first` on.
    private enum Tag {
        static let failure = 2
        static let first = 16
        static let count = 16384
    }

    private let messages: Messages
    private let state: Awaited<MessageGroup.State>
    private let report: (String) -> Void
    private let pieceCount: Int
    private let time: () -> ContinuousClock.Instant
    private var signs: SignsOfLife
    /// Where the sentences of others' failures arrive, padded with zeros.
    private let failures: [RawBytes]

    /// The exchanges that wait for their turn, and their calls.
    private var waiting: ArraySlice<(exchange: any RunningExchange, call: OpenCall)> = []
    private var running: [ObjectIdentifier: OpenCall] = [:]
    /// How many exchanges there were, the same on all workers.
    private var exchangeCount = 0
    private var madeCount = 0
    /// Whether the steps have begun; before, a worker may read its data as long as it needs.
    private var hasSummed = false
    private var isWaiting = false
    private var isLeaving = false

    /// A call whose exchanges are not all complete.
    private final class OpenCall {
        var exchangeCount: Int
        let gathering: Gathering?

        init(exchangeCount: Int, gathering: Gathering? = nil) {
            self.exchangeCount = exchangeCount
            self.gathering = gathering
        }
    }

    /// Creates what communicates over a port.
    ///
    /// - Parameter time: The time by which silence is measured; tests give their own.
    init(
        _ port: any MessagePort, state: Awaited<MessageGroup.State>, timeout: Duration,
        pieceCount: Int, report: @escaping (String) -> Void,
        time: @escaping () -> ContinuousClock.Instant = { .now }
    ) {
        messages = Messages(port)
        self.state = state
        self.report = report
        self.pieceCount = pieceCount
        self.time = time
        signs = SignsOfLife(messages, timeout: timeout, now: time())
        failures = port.hosts.map { _ in RawBytes(count: Self.sentenceLength) }
    }

    /// What follows a look at the calls and at the network.
    enum Next {
        /// The next look.
        case look
        /// A rest, since nothing has come that an exchange waits for.
        case rest
        /// Nothing: all workers have taken leave.
        case end
    }

    /// Communicates until all workers have taken leave, or the job fails.
    func run() {
        let (rank, size) = (messages.rank, messages.size)
        guard size & (size - 1) == 0 else {
            // All workers find the same.
            let error = WorkerError(
                .invalidCount,
                "\(size) workers cannot add in pairs; start a power of two of them: 1, 2, 4, ...")
            messages.port.close()
            state.change { $0.failure = error }
            return
        }
        do throws(JobEnd) {
            try beginListening()
            state.change { $0.joined = (rank, messages.port.hosts) }
            var next = Next.look
            while next != .end {
                if next == .rest { rest() }
                next = try communicate()
            }
            messages.port.close()
            state.change {
                $0.traffic = merged($0.traffic)
                $0.hasLeft = true
            }
        } catch {
            end(error)
        }
    }

    /// One look at the calls and at the network.
    func communicate() throws(JobEnd) -> Next {
        // One time for the whole look: a process that is stopped in its middle blames nobody.
        let now = time()
        signs.watch.look(now: now)
        try take()
        let completed = try progress()
        if completed || running.isEmpty { signs.watch.progress(now: now) }
        if now >= signs.next || isLeaving && !signs.haveEnded {
            let isLast = isLeaving && running.isEmpty && waiting.isEmpty
            try signs.send(calls: isLast ? nil : madeCount, now: now)
        }
        if let finding = signs.watch.finding(
            calls: hasSummed && !running.isEmpty ? madeCount : nil, now: now)
        {
            throw .failure(error(finding), lost: finding.isSilent ? finding.rank : nil)
        }
        if isLeaving, running.isEmpty, signs.haveEnded, signs.watch.allHaveLeft { return .end }
        return completed ? .look : .rest
    }

    // MARK: Calls

    /// Takes the calls that were made, and begins as many exchanges as may be under way.
    private func take() throws(JobEnd) {
        let (calls, abandonment) = state.withLock { state in
            defer { state.calls = [] }
            madeCount = state.madeCount
            isWaiting = state.isWaiting
            isLeaving = state.isLeaving
            return (state.calls, state.abandonment)
        }
        if let abandonment { throw .failure(abandonment, lost: nil) }
        for call in calls {
            switch call {
            case .sum(let values):
                hasSummed = true
                // At least one piece, so that a sum of nothing is complete in its turn, too.
                let starts = Array(
                    stride(from: 0, to: max(values.count, 1), by: pieceCount))
                let open = OpenCall(exchangeCount: starts.count)
                for start in starts {
                    let end = min(start + pieceCount, values.count)
                    let piece = UnsafeMutableBufferPointer(rebasing: values[start..<end])
                    waiting.append((SumPiece(piece, tag: nextTag()), open))
                }
            case .gather(let bytes):
                let gathering = Gathering(
                    bytes, rank: messages.rank, size: messages.size, tag: nextTag())
                waiting.append((gathering, OpenCall(exchangeCount: 1, gathering: gathering)))
            }
        }
        try begin()
    }

    private func nextTag() -> Int {
        defer { exchangeCount += 1 }
        return Tag.first + exchangeCount % Tag.count
    }

    private func begin() throws(JobEnd) {
        while running.count < Self.runningLimit, let (exchange, call) = waiting.popFirst() {
            running[ObjectIdentifier(exchange)] = call
            if try JobEnd.attempt(
                about: nil, { () throws(WorkerError) in try exchange.start(messages) })
            {
                complete(exchange)
            }
        }
    }

    private func complete(_ exchange: any RunningExchange) {
        guard let call = running.removeValue(forKey: ObjectIdentifier(exchange)) else { return }
        call.exchangeCount -= 1
        guard call.exchangeCount == 0 else { return }
        state.change { state in
            state.openCount -= 1
            state.traffic = merged(state.traffic)
            if let gathering = call.gathering {
                state.gathered = gathering.blocks.map { $0 ?? [] }
            }
        }
    }

    private func merged(_ traffic: WorkerTraffic) -> WorkerTraffic {
        var merged = messages.traffic
        merged.waited = traffic.waited
        return merged
    }

    // MARK: Messages

    /// Moves messages along; whether one that an exchange waits for is complete.
    private func progress() throws(JobEnd) -> Bool {
        var isExchange = false
        // A look takes only some of many messages that have come, and signs of life must not wait
        // for looks that are a while apart; nor must those of this worker, while others go on
        // sending.
        while let hasExchange = try look() {
            isExchange = isExchange || hasExchange
            guard time() < signs.next else { break }
        }
        return isExchange
    }

    /// One look at the messages: whether one that an exchange waits for is complete; nil where none
    /// is.
    private func look() throws(JobEnd) -> Bool? {
        let completed = try JobEnd.attempt(about: nil, messages.progress)
        guard !completed.isEmpty else { return nil }
        var isExchange = false
        for (complete, purpose) in completed {
            switch purpose {
            case .exchange(let exchange, let peer, let receives):
                isExchange = true
                if receives { signs.watch.hear(peer, now: time()) }
                if try JobEnd.attempt(
                    about: peer,
                    { () throws(WorkerError) in
                        try exchange.proceed(complete, messages)
                    })
                {
                    self.complete(exchange)
                }
            case .sign(let peer, true): try signs.take(from: peer, now: time())
            case .sign(let peer, false): signs.finishSending(to: peer)
            case .failure(let peer, true):
                throw .told(WorkerError(.lost, sentence(failures[peer])))
            case .failure(_, false): break
            }
        }
        if isExchange { try begin() }
        return isExchange
    }

    /// Waits for the first signs of life of the others, and for their failures.
    func beginListening() throws(JobEnd) {
        try signs.begin()
        for peer in 0..<messages.size where peer != messages.rank {
            try JobEnd.attempt(about: peer) { () throws(WorkerError) in
                try messages.receive(
                    into: failures[peer].memory, from: peer, tag: Tag.failure,
                    purpose: .failure(peer: peer, receives: true))
            }
        }
    }

    /// Sleeps until there is something to do; shortly where messages are under way, since they
    /// move only while this thread looks at them.
    private func rest() {
        if running.isEmpty {
            let rest = time().duration(to: signs.next)
            // Many looks for each sign: others' signs have to be taken.
            let longest = Duration.milliseconds(isLeaving ? 1 : 50)
            state.wait(atMost: min(longest, rest)) { state in
                !state.calls.isEmpty || state.abandonment != nil || state.isLeaving != isLeaving
            }
        } else {
            usleep(isWaiting ? 20 : 200)
        }
    }

    // MARK: Failure

    private func error(_ finding: PeerWatch.Finding) -> WorkerError {
        let name = messages.name(of: finding.rank)
        let timeout = signs.watch.timeout
        if finding.isSilent {
            return WorkerError(
                .timedOut,
                "\(name) has not been heard for \(inWords(timeout)): its process or its "
                    + "machine has stopped, or the network has failed; look at that machine, then "
                    + "resume the run")
        }
        let limit = timeout * PeerWatch.patience
        return WorkerError(
            .timedOut,
            "\(name) answers, but has not come to the step at which the others have waited for "
                + "\(inWords(limit)); look at its disks and its data, then resume the run")
    }

    private func inWords(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let tenths = Int(attoseconds / 100_000_000_000_000_000)
        return tenths == 0
            ? "\(seconds) second\(seconds == 1 ? "" : "s")" : "\(seconds).\(tenths) seconds"
    }

    /// Ends the job: the first worker that can still be reached reports, the others give it time.
    private func end(_ end: JobEnd) {
        let error: WorkerError
        switch end {
        case .failure(let found, let lost):
            error = found
            let reporter = signs.watch.reporter(lost: lost, now: time())
            if reporter != messages.rank {
                tell(reporter, error)
            }
        case .told(let found):
            error = found
        }
        if !messages.port.isAborted {
            report(error.message)
            messages.port.abort()
        }
        state.change { $0.failure = error }
    }

    /// Sends the sentence to the worker that reports it, and waits for it to end the job.
    private func tell(_ reporter: Int, _ error: WorkerError) {
        let bytes = RawBytes(count: Self.sentenceLength)
        // Shorter than the memory, and cut between characters.
        var text = error.message
        while text.utf8.count >= Self.sentenceLength { text.removeLast() }
        text.withUTF8 { bytes.memory.copyMemory(from: UnsafeRawBufferPointer($0)) }
        try? messages.send(
            UnsafeRawBufferPointer(bytes.memory), to: reporter, tag: Tag.failure,
            purpose: .failure(peer: reporter, receives: false))
        let deadline = ContinuousClock.now + Self.reportTime
        while ContinuousClock.now < deadline, !messages.port.isAborted {
            _ = try? messages.progress()
            usleep(5000)
        }
        withExtendedLifetime(bytes) {}
    }

    private func sentence(_ bytes: RawBytes) -> String {
        String(decoding: bytes.memory.prefix { $0 != 0 }, as: UTF8.self)
    }
}
