// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A web server for one test, on a loopback port of its own, that answers with what a function says.
final class LoopbackServer: @unchecked Sendable {
    /// What was asked.
    struct Request: Sendable {
        let method: String
        /// The path, from its slash on.
        let path: String
        /// By lower-case names.
        let headers: [String: String]

        /// The first byte that is asked for.
        var start: Int? {
            headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
        }
    }

    /// What is answered.
    struct Response: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// After how many bytes of the body it hangs up; nil to send all of them.
        var sentCount: Int?

        /// A file, or the part of it that is asked for.
        static func file(_ bytes: [UInt8], _ request: Request) -> Response {
            guard let start = request.start else { return Response(body: bytes) }
            return Response(
                status: 206,
                headers: ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
                body: Array(bytes[start...]))
        }
    }

    // The client may hang up first; that must not end the test with a signal.
    #if canImport(Darwin)
        private static let sendFlags: Int32 = 0
    #else
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    /// Without a slash at the end.
    let address: String
    private let port: UInt16
    private let descriptor: Int32
    private let answer: @Sendable (Request) -> Response
    private let lock = NSLock()
    private var seen: [Request] = []
    private var isStopped = false
    private let ended = DispatchSemaphore(value: 0)

    init(_ answer: @escaping @Sendable (Request) -> Response) throws {
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

    /// Ends the server, and returns when nobody listens any more; a connection wakes its thread, which closes the descriptor.
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

    /// What was asked for, in order.
    var requests: [Request] { lock.withLock { seen } }

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
            if let request = Self.read(connection) {
                lock.withLock { seen.append(request) }
                Self.send(answer(request), to: request, over: connection)
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

    private static func send(_ response: Response, to request: Request, over connection: Int32) {
        var head = "HTTP/1.1 \(response.status) -\r\nConnection: close\r\n"
        for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
        if response.headers["Content-Length"] == nil {
            head += "Content-Length: \(response.body.count)\r\n"
        }
        var rest = Array((head + "\r\n").utf8)
        if request.method != "HEAD" {
            rest += response.body.prefix(response.sentCount ?? response.body.count)
        }
        while !rest.isEmpty {
            let sent = Foundation.send(connection, rest, rest.count, sendFlags)
            guard sent > 0 else { return }
            rest.removeFirst(sent)
        }
        shutdown(connection, Int32(SHUT_WR))
        var byte: UInt8 = 0
        while recv(connection, &byte, 1, 0) > 0 {}
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
}
