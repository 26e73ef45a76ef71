// SPDX-License-Identifier: Apache-2.0

/// A part of a call on a group of processes that takes several messages, one after the other.
///
/// Only the thread that communicates uses it.
protocol RunningExchange: AnyObject {
    /// Begins with the first messages.
    ///
    /// - Returns: Whether there was nothing to do, so that the exchange is complete.
    func start(_ messages: Messages) throws(WorkerError) -> Bool

    /// Goes on after one of its requests.
    ///
    /// - Returns: Whether the exchange is complete.
    func proceed(_ complete: CompleteRequest, _ messages: Messages) throws(WorkerError) -> Bool
}

/// The port with what exchanges need to know about the group.
///
/// It remembers whose each request is, and counts the bytes.
final class Messages {
    let port: any MessagePort
    let rank: Int
    let size: Int
    /// What each open request belongs to.
    private(set) var open: [Int: Purpose] = [:]
    private(set) var traffic = WorkerTraffic()

    /// What a request belongs to.
    enum Purpose {
        case exchange(any RunningExchange, peer: Int, receives: Bool)
        /// A sign of life to or from a worker.
        case sign(peer: Int, receives: Bool)
        /// The sentence of a failure.
        case failure(peer: Int, receives: Bool)
    }

    init(_ port: any MessagePort) {
        self.port = port
        rank = port.rank
        size = port.hosts.count
    }

    func name(of rank: Int) -> String { "worker \(rank) on \(port.hosts[rank])" }

    @discardableResult
    func send(
        _ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int, for exchange: any RunningExchange
    ) throws(WorkerError) -> Int {
        let request = try port.send(bytes, to: peer, tag: tag)
        open[request] = .exchange(exchange, peer: peer, receives: false)
        traffic.bytesSent += bytes.count
        return request
    }

    @discardableResult
    func receive(
        into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int,
        for exchange: any RunningExchange
    ) throws(WorkerError) -> Int {
        let request = try port.receive(into: bytes, from: peer, tag: tag)
        open[request] = .exchange(exchange, peer: peer, receives: true)
        traffic.bytesReceived += bytes.count
        return request
    }

    func send(
        _ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int, purpose: Purpose
    ) throws(WorkerError) {
        open[try port.send(bytes, to: peer, tag: tag)] = purpose
    }

    func receive(
        into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int, purpose: Purpose
    ) throws(WorkerError) {
        open[try port.receive(into: bytes, from: peer, tag: tag)] = purpose
    }

    /// Moves messages along: what became complete, and what it belongs to.
    func progress() throws(WorkerError) -> [(CompleteRequest, Purpose)] {
        try port.progress().compactMap { complete in
            open.removeValue(forKey: complete.request).map { (complete, $0) }
        }
    }

    /// The error where a partner has sent another number of bytes than this worker needs.
    func differentCall(_ peer: Int, expected: Int, found: Int) -> WorkerError {
        WorkerError(
            .mismatch,
            "\(name(of: peer)) is at another step than \(name(of: rank)): expected a message of "
                + "\(expected) bytes, found \(found); run the same program on all machines")
    }
}

/// The sum of a piece of values, by a ``SumSchedule``.
final class SumPiece: RunningExchange {
    private let values: UnsafeMutableBufferPointer<Float>
    private let tag: Int
    private var schedule: [SumSchedule.Exchange] = []
    private var position = 0
    /// The open requests of the exchange under way.
    private var openCount = 0
    private var receiving: Int?
    /// Where values arrive that are to be added.
    private let arrived: UnsafeMutableBufferPointer<Float>

    init(_ values: UnsafeMutableBufferPointer<Float>, tag: Int) {
        self.values = values
        self.tag = tag
        // Half of an odd number of values, rounded up.
        arrived = .allocate(capacity: (values.count + 1) / 2)
        arrived.initialize(repeating: 0)
    }

    deinit { arrived.deallocate() }

    func start(_ messages: Messages) throws(WorkerError) -> Bool {
        schedule =
            SumSchedule(rank: messages.rank, size: messages.size, count: values.count).exchanges
        return try advance(messages)
    }

    func proceed(_ complete: CompleteRequest, _ messages: Messages) throws(WorkerError) -> Bool {
        let exchange = schedule[position]
        openCount -= 1
        if complete.request == receiving {
            receiving = nil
            let expected = exchange.received.count * MemoryLayout<Float>.stride
            guard complete.count == expected else {
                throw messages.differentCall(
                    exchange.partner, expected: expected, found: complete.count)
            }
        }
        guard openCount == 0 else { return false }
        if exchange.adds { add(exchange, isLower: messages.rank < exchange.partner) }
        position += 1
        return try advance(messages)
    }

    /// Begins the next exchange that has values; whether there is none.
    private func advance(_ messages: Messages) throws(WorkerError) -> Bool {
        while position < schedule.count {
            let exchange = schedule[position]
            if !exchange.received.isEmpty {
                let target =
                    exchange.adds
                    ? UnsafeMutableBufferPointer(rebasing: arrived[..<exchange.received.count])
                    : UnsafeMutableBufferPointer(rebasing: values[exchange.received])
                receiving = try messages.receive(
                    into: UnsafeMutableRawBufferPointer(target), from: exchange.partner, tag: tag,
                    for: self)
                openCount += 1
            }
            if !exchange.sent.isEmpty {
                try messages.send(
                    UnsafeRawBufferPointer(
                        UnsafeMutableBufferPointer(rebasing: values[exchange.sent])),
                    to: exchange.partner, tag: tag, for: self)
                openCount += 1
            }
            if openCount > 0 { return false }
            position += 1
        }
        return true
    }

    /// Adds what arrived, the lower worker's values first: of two NaNs the first one's bits stay.
    private func add(_ exchange: SumSchedule.Exchange, isLower: Bool) {
        guard let own = values.baseAddress, let other = arrived.baseAddress else { return }
        let target = own + exchange.received.lowerBound
        if isLower {
            for index in 0..<exchange.received.count {
                target[index] = target[index] + other[index]
            }
        } else {
            for index in 0..<exchange.received.count {
                target[index] = other[index] + target[index]
            }
        }
    }
}

/// Brings the bytes of each worker to all.
///
/// With the partner at distance 1, then 2, then 4, each worker exchanges all that it has so far.
final class Gathering: RunningExchange {
    /// The bytes of the workers; nil where they are not known yet.
    private(set) var blocks: [[UInt8]?]

    private let tag: Int
    private var distance = 1
    private var openCount = 0
    private var receiving: [Int: Int] = [:]
    private var isSizing = true
    private var outgoing = RawBytes(count: 0)
    private var incoming = RawBytes(count: 0)
    private let sizes = RawBytes(count: 16)

    init(_ bytes: [UInt8], rank: Int, size: Int, tag: Int) {
        blocks = [[UInt8]?](repeating: nil, count: size)
        blocks[rank] = bytes
        self.tag = tag
    }

    func start(_ messages: Messages) throws(WorkerError) -> Bool {
        guard messages.size > 1 else { return true }
        try beginSizes(messages)
        return false
    }

    func proceed(_ complete: CompleteRequest, _ messages: Messages) throws(WorkerError) -> Bool {
        openCount -= 1
        let partner = messages.rank ^ distance
        if let expected = receiving.removeValue(forKey: complete.request),
            complete.count != expected
        {
            throw messages.differentCall(partner, expected: expected, found: complete.count)
        }
        guard openCount == 0 else { return false }
        if isSizing {
            isSizing = false
            let size = sizes.memory.load(fromByteOffset: 8, as: Int64.self)
            guard size >= 8 * distance, size < 1 << 40 else {
                throw messages.differentCall(partner, expected: 8 * distance, found: Int(size))
            }
            try beginBytes(count: Int(size), messages)
            return false
        }
        try unpack(messages)
        distance *= 2
        guard distance < messages.size else { return true }
        try beginSizes(messages)
        return false
    }

    /// The first of the `distance` workers that a worker knows all about.
    private func base(of rank: Int) -> Int { rank & ~(distance - 1) }

    private func beginSizes(_ messages: Messages) throws(WorkerError) {
        isSizing = true
        let base = base(of: messages.rank)
        let known = blocks[base..<base + distance].map { $0 ?? [] }
        outgoing = RawBytes(count: known.reduce(0) { $0 + 8 + $1.count })
        var offset = 0
        for block in known {
            outgoing.memory.storeBytes(
                of: Int64(block.count), toByteOffset: offset, as: Int64.self)
            block.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: outgoing.memory[(offset + 8)...])
                    .copyMemory(from: bytes)
            }
            offset += 8 + block.count
        }
        sizes.memory.storeBytes(of: Int64(outgoing.memory.count), as: Int64.self)
        let partner = messages.rank ^ distance
        try receive(8..<16, of: sizes, partner, messages)
        try send(0..<8, of: sizes, partner, messages)
    }

    private func beginBytes(count: Int, _ messages: Messages) throws(WorkerError) {
        incoming = RawBytes(count: count)
        let partner = messages.rank ^ distance
        let largest = MessageGroup.largestMessage
        for start in stride(from: 0, to: count, by: largest) {
            try receive(start..<min(start + largest, count), of: incoming, partner, messages)
        }
        let sent = outgoing.memory.count
        for start in stride(from: 0, to: sent, by: largest) {
            try send(start..<min(start + largest, sent), of: outgoing, partner, messages)
        }
    }

    private func receive(
        _ range: Range<Int>, of bytes: RawBytes, _ partner: Int, _ messages: Messages
    ) throws(WorkerError) {
        let request = try messages.receive(
            into: UnsafeMutableRawBufferPointer(rebasing: bytes.memory[range]), from: partner,
            tag: tag, for: self)
        receiving[request] = range.count
        openCount += 1
    }

    private func send(
        _ range: Range<Int>, of bytes: RawBytes, _ partner: Int, _ messages: Messages
    ) throws(WorkerError) {
        try messages.send(
            UnsafeRawBufferPointer(rebasing: bytes.memory[range]), to: partner, tag: tag, for: self)
        openCount += 1
    }

    /// Takes the partner's blocks out of what arrived.
    private func unpack(_ messages: Messages) throws(WorkerError) {
        let partner = messages.rank ^ distance
        let base = base(of: partner)
        var rest = UnsafeRawBufferPointer(incoming.memory)[...]
        for rank in base..<base + distance {
            guard rest.count >= 8 else {
                throw messages.differentCall(partner, expected: 8, found: rest.count)
            }
            let count = UnsafeRawBufferPointer(rebasing: rest.prefix(8))
                .loadUnaligned(as: Int64.self)
            rest = rest.dropFirst(8)
            guard count >= 0, count <= rest.count else {
                throw messages.differentCall(partner, expected: Int(count), found: rest.count)
            }
            blocks[rank] = Array(rest.prefix(Int(count)))
            rest = rest.dropFirst(Int(count))
        }
    }
}

/// Bytes at an address that stays, for messages under way.
final class RawBytes {
    let memory: UnsafeMutableRawBufferPointer

    init(count: Int) {
        memory = .allocate(byteCount: count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit { memory.deallocate() }
}
