// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNInference
import WRNModel
import WRNThreads

@testable import WRNServing

/// A connection to a server of this machine, on which bytes are sent as they are.
final class RawConnection: Sendable {
    /// An answer as it arrived.
    struct Answer: Sendable {
        let status: Int
        /// By lower-case names.
        let headers: [String: String]
        let body: [UInt8]

        /// The sentence of a refusal.
        var error: String? {
            (try? JSONDecoder().decode([String: String].self, from: Data(body)))?["error"]
        }
    }

    // The server may close first; that must not end the test with a signal. Darwin has no flag for
    // it, but an option of the socket.
    #if canImport(Darwin)
        private static let sendFlags: Int32 = 0
    #else
        private static let sendFlags = Int32(MSG_NOSIGNAL)
    #endif

    private let descriptor: Int32
    private let unread = Locked<[UInt8]>([])

    /// Connects to a port.
    ///
    /// - Parameter buffer: The bytes that the system takes from the server before they are read;
    ///   nil for its usual number.
    init(port: Int, buffer: Int32? = nil) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        #if canImport(Darwin)
            var isSilent: Int32 = 1
            setsockopt(
                descriptor, SOL_SOCKET, SO_NOSIGPIPE, &isSilent,
                socklen_t(MemoryLayout<Int32>.size))
        #endif
        if var buffer {
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw POSIXError(.ECONNREFUSED) }
        // Far more than any answer takes: it ends a test that would wait for ever.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience,
            socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Ends the connection in both directions.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Sends bytes; whether the server took them.
    @discardableResult
    func send(_ bytes: [UInt8]) async -> Bool {
        await onThread {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Foundation.send(self.descriptor, $0.baseAddress, $0.count, Self.sendFlags)
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Sends text.
    @discardableResult
    func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

    /// The next answer; nil when the connection ends before it is whole.
    ///
    /// - Parameter hasBody: Whether a body follows; none does after the answer to a HEAD.
    func answer(hasBody: Bool = true) async -> Answer? {
        await onThread {
            self.unread.withLock { bytes in
                while true {
                    if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                            .split(separator: "\r\n")
                        let words = lines[0].split(separator: " ")
                        var headers: [String: String] = [:]
                        for line in lines.dropFirst() {
                            let sides = line.split(separator: ":", maxSplits: 1)
                            headers[sides[0].lowercased()] = sides.last?
                                .trimmingCharacters(in: .whitespaces)
                        }
                        let length =
                            hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
                        if bytes.count >= end.upperBound + length {
                            let body = Array(bytes[end.upperBound..<end.upperBound + length])
                            bytes.removeFirst(end.upperBound + length)
                            return Answer(
                                status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: headers,
                                body: body)
                        }
                    }
                    guard let more = self.receive() else { return nil }
                    bytes += more
                }
            }
        }
    }

    /// Sends a request with a body and gives the answer.
    func answer(
        to line: String, headers: [String] = [], body: [UInt8] = []
    ) async -> Answer? {
        let fields = headers + (body.isEmpty ? [] : ["Content-Length: \(body.count)"])
        let head = "\(line) HTTP/1.1\r\nHost: a\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
        await send(Array(head.utf8) + body)
        return await answer()
    }

    /// Whether the server closes the connection.
    func isClosed() async -> Bool {
        await onThread {
            while let more = self.receive() { self.unread.withLock { $0 += more } }
            return true
        }
    }

    private func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    /// Runs what waits for a socket on a thread that runs none of Swift's tasks.
    private func onThread<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}

/// A server that listens on a free port.
struct ListeningServer: Sendable {
    /// The server.
    let server: ModelServer
    /// Its port.
    let port: Int

    /// Connects to the server.
    func connect(buffer: Int32? = nil) throws -> RawConnection {
        try RawConnection(port: port, buffer: buffer)
    }

    /// Runs `body` with a server of the bundled model, called `m`, and ends the server.
    static func run<Value: Sendable>(
        _ options: ModelServer.Options = .patient,
        _ body: @Sendable (ListeningServer) async throws -> Value
    ) async throws -> Value {
        var options = options
        options.port = 0
        let server = try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: options)
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        async let end: Void = {
            defer { found.finish() }
            try await server.run { found.yield($0) }
        }()
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await end
            throw POSIXError(.EADDRNOTAVAIL)
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(ListeningServer(server: server, port: port)))
        } catch {
            result = .failure(error)
        }
        await server.shutDown()
        try await end
        return try result.get()
    }

    /// Waits until a condition of the server holds; whether it does before a test's patience ends.
    func waitUntil(_ condition: (ModelServer) -> Bool) async throws -> Bool {
        for _ in 0..<10_000 {
            if condition(server) { return true }
            try await Task.sleep(for: .milliseconds(2))
        }
        return false
    }
}

extension ModelServer.Options {
    /// The options of a server that answers however late: the other tests leave a task waiting for
    /// minutes where there are few processors.
    static var patient: ModelServer.Options {
        var options = ModelServer.Options()
        options.requestSeconds = 3600
        return options
    }
}
