// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNThreads

/// A web server for one test, on a loopback port of its own, whose answers a function gives.
public final class LoopbackServer: Sendable {
    /// A request.
    public struct Request: Sendable {
        /// The method, such as `GET`.
        public let method: String
        /// The path, from its slash on.
        public let path: String
        /// By lower-case names.
        public let headers: [String: String]

        /// The first byte of the requested range.
        public var start: Int? {
            headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        }
    }

    /// What is answered.
    public struct Response: Sendable {
        /// What the server does when it has sent what it has to send.
        public enum End: Sendable {
            case hangUp
            /// Is silent until the client hangs up.
            case stall
            /// Sends the body again and again until the client hangs up.
            case `repeat`
        }

        /// The status.
        public var status: Int
        /// The fields of the head.
        public var headers: [String: String]
        /// The bytes behind the head.
        public var body: [UInt8]
        /// How many bytes of the body are sent; nil for all of them.
        public var sentCount: Int?
        /// What follows the body.
        public var end = End.hangUp
        /// Whether the head is sent, too.
        public var hasHead = true
        /// Whether the head has the length of the body where it has none of its own.
        public var hasLength = true

        /// Collects an answer.
        public init(
            status: Int = 200, headers: [String: String] = [:], body: [UInt8] = [],
            sentCount: Int? = nil, end: End = .hangUp
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.sentCount = sentCount
            self.end = end
        }

        /// A file, or the requested part of it.
        public static func file(_ bytes: [UInt8], _ request: Request) -> Response {
            guard let start = request.start else { return Response(body: bytes) }
            return Response(
                status: 206,
                headers: ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
                body: Array(bytes[start...]))
        }
    }

    private struct State {
        var requests: [Request] = []
        var sentByteCount = 0
        var isStopped = false
    }

    // The client may hang up first; that must not end the test with a signal. Darwin has no flag
    // for it, but an option of each socket.
    #if canImport(Darwin)
        private static let sendFlags: Int32 = 0
    #else
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    /// Without a slash at the end.
    public let address: String
    private let port: UInt16
    private let descriptor: Int32
    private let answer: @Sendable (Request) -> Response
    private let state = Locked(State())
    private let ended = DispatchSemaphore(value: 0)

    /// Starts a server on a free port.
    public init(_ answer: @escaping @Sendable (Request) -> Response) throws {
        self.answer = answer
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
        address = "http://127.0.0.1:\(port)"
        Thread.detachNewThread { [self] in serve() }
    }

    /// Ends the server, and returns when its socket is closed; a connection wakes its thread, which
    /// closes the descriptor.
    public func stop() {
        state.withLock { $0.isStopped = true }
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

    /// The requests, in order.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// How many bytes of bodies the clients took, or the system took for them.
    public var sentByteCount: Int { state.withLock { $0.sentByteCount } }

    private func serve() {
        defer {
            close(descriptor)
            ended.signal()
        }
        while true {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            Self.silence(connection)
            if state.withLock({ $0.isStopped }) {
                close(connection)
                return
            }
            if let request = Self.read(connection) {
                state.withLock { $0.requests.append(request) }
                send(answer(request), to: request, over: connection)
            }
            close(connection)
        }
    }

    private static func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !bytes.reversed().starts(with: "\n\r\n\r".utf8) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return Request(method: String(words[0]), path: String(words[1]), headers: headers)
    }

    private func send(_ response: Response, to request: Request, over connection: Int32) {
        var head = "HTTP/1.1 \(response.status) -\r\nConnection: close\r\n"
        for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
        if response.hasLength, response.headers["Content-Length"] == nil {
            head += "Content-Length: \(response.body.count)\r\n"
        }
        guard !response.hasHead || Self.send(Array((head + "\r\n").utf8), over: connection) else {
            return
        }
        if request.method != "HEAD" {
            let body = Array(response.body.prefix(response.sentCount ?? response.body.count))
            while Self.send(body, over: connection) {
                state.withLock { $0.sentByteCount += body.count }
                guard response.end == .repeat else { break }
            }
        }
        if response.end != .stall { shutdown(connection, Int32(SHUT_WR)) }
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
    }

    /// Sends all bytes; false when the client has hung up.
    private static func send(_ bytes: [UInt8], over connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, sendFlags)
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func makeSocket() -> Int32 {
        #if canImport(Glibc)
            return socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            return socket(AF_INET, SOCK_STREAM, 0)
        #endif
    }

    /// Makes sends over a socket that the client has closed fail without a signal, where a flag of
    /// each send does not do so.
    private static func silence(_ connection: Int32) {
        #if canImport(Darwin)
            var isSilent: Int32 = 1
            setsockopt(
                connection, SOL_SOCKET, SO_NOSIGPIPE, &isSilent,
                socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return name
    }
}
