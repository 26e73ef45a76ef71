// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A web server for one test, on a loopback port of its own.
final class HTTPServer: @unchecked Sendable {
    /// What it does with a request for a path.
    enum Answer: Sendable {
        case file([UInt8])
        /// Announces the whole file, sends so many bytes of it, and hangs up.
        case cutOff([UInt8], after: Int)
        case status(Int)
        /// The file, or the part of it that is asked for.
        case ranged([UInt8])
        /// So many bytes of the part that is asked for, and then a hang-up.
        case rangedCutOff([UInt8], after: Int)
        /// Another part than the one that is asked for.
        case otherRange([UInt8])
        /// The file, and 416 for any part of it.
        case withoutRanges([UInt8])
        /// Another length than the file has.
        case lying([UInt8], length: Int)
        case redirect(String)
        /// One answer after the other, the last one again and again.
        indirect case sequence([Answer])
    }

    // The client may hang up first; that must not end the test with a signal.
    #if canImport(Darwin)
        private static let sendFlags: Int32 = 0
    #else
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    let address: String
    private let port: UInt16
    private let descriptor: Int32
    private let answers: [String: Answer]
    private let lock = NSLock()
    private var seen: [String] = []
    private var seenRanges: [String?] = []
    private var isStopped = false
    private let ended = DispatchSemaphore(value: 0)

    init(_ answers: [String: Answer]) throws {
        self.answers = answers
        let descriptor = Self.makeSocket()
        self.descriptor = descriptor
        var name = Self.loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRNOTAVAIL) }
        port = UInt16(bigEndian: name.sin_port)
        address = "http://127.0.0.1:\(port)/"
        Thread.detachNewThread { [self] in serve() }
    }

    /// Ends the server, and returns when nobody listens any more.
    ///
    /// The server's own thread closes the descriptor: closed from here, its number could already be another server's when that thread
    /// accepts the next time, and the answers would be mixed up. A connection wakes the thread.
    func stop() {
        lock.withLock { isStopped = true }
        let waker = Self.makeSocket()
        var name = Self.loopback(port: port)
        _ = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(waker, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        close(waker)
        ended.wait()
    }

    /// The paths that were asked for, in order.
    var requests: [String] {
        lock.withLock { seen }
    }

    /// What part of the file each request asked for: `bytes=300-`.
    var ranges: [String?] {
        lock.withLock { seenRanges }
    }

    private func serve() {
        defer {
            close(descriptor)
            ended.signal()
        }
        while true {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            if lock.withLock({ isStopped }) {
                close(connection)
                return
            }
            answer(connection)
            close(connection)
        }
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &yes, 4)
            return descriptor
        #else
            return socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }

    private func answer(_ connection: Int32) {
        var request: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !request.reversed().starts(with: "\n\r\n\r".utf8) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            request += buffer.prefix(count)
        }
        let text = String(decoding: request, as: UTF8.self)
        let path = String(text.split(separator: " ")[1].dropFirst())
        let range = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("range: ") }
            .map { String($0.dropFirst("range: ".count)) }
        let turn = lock.withLock {
            seen.append(path)
            seenRanges.append(range)
            return seen.count { $0 == path } - 1
        }
        var answer = answers[path] ?? .status(404)
        if case .sequence(let all) = answer { answer = all[min(turn, all.count - 1)] }
        let start = range.flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        send(answer, from: start, to: connection)
    }

    private func send(_ answer: Answer, from start: Int?, to connection: Int32) {
        func part(_ bytes: [UInt8]) -> (status: Int, head: String, bytes: ArraySlice<UInt8>) {
            guard let start else { return (200, "", bytes[...]) }
            guard start < bytes.count else { return (416, "", []) }
            let range = "Content-Range: bytes \(start)-\(bytes.count - 1)/\(bytes.count)\r\n"
            return (206, range, bytes[start...])
        }
        switch answer {
        case .file(let bytes): send(connection, 200, announcing: bytes.count, bytes[...])
        case .cutOff(let bytes, let count):
            send(connection, 200, announcing: bytes.count, bytes.prefix(count))
        case .status(let status): send(connection, status, announcing: 0, [])
        case .ranged(let bytes):
            let (status, head, body) = part(bytes)
            send(connection, status, announcing: body.count, body, head: head)
        case .rangedCutOff(let bytes, let count):
            let (status, head, body) = part(bytes)
            send(connection, status, announcing: body.count, body.prefix(count), head: head)
        case .otherRange(let bytes):
            guard start != nil else { return send(.file(bytes), from: nil, to: connection) }
            let head = "Content-Range: bytes 0-\(bytes.count - 1)/\(bytes.count)\r\n"
            send(connection, 206, announcing: bytes.count, bytes[...], head: head)
        case .withoutRanges(let bytes):
            send(start == nil ? .file(bytes) : .status(416), from: nil, to: connection)
        case .lying(let bytes, let length):
            send(connection, 200, announcing: length, bytes[...])
        case .redirect(let address):
            send(connection, 302, announcing: 0, [], head: "Location: \(address)\r\n")
        case .sequence: send(connection, 500, announcing: 0, [])
        }
    }

    private func send(
        _ connection: Int32, _ status: Int, announcing count: Int, _ body: ArraySlice<UInt8>,
        head more: String = ""
    ) {
        let head =
            "HTTP/1.1 \(status) -\r\nContent-Length: \(count)\r\n\(more)Connection: close\r\n\r\n"
        var rest = Array(head.utf8) + body
        while !rest.isEmpty {
            let sent = Foundation.send(connection, rest, rest.count, Self.sendFlags)
            guard sent > 0 else { return }
            rest.removeFirst(sent)
        }
        shutdown(connection, Int32(SHUT_WR))
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
    }
}
