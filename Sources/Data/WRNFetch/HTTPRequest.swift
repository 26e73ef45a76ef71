// SPDX-License-Identifier: Apache-2.0

import CWRNHTTP
package import Foundation

/// An HTTP request, whose answer is received within limits.
///
/// Everything that is received is bounded: the head by ``maximumHeadByteCount``, the body by the
/// caller, which takes it piece by piece while the server waits, and the time by ``Limits``. A body
/// that is packed (`Content-Encoding`) is refused before its first byte, because a few megabytes of
/// it can become any number of gigabytes.
package struct HTTPRequest: Sendable {
    /// The request's method.
    package enum Method: Sendable {
        case get
        case head
    }

    /// How long to wait.
    package struct Limits: Sendable {
        /// For the connection, and for the whole of an answer that has only a head.
        package var headSeconds = 30.0
        /// The rate below which a server is given up, in bytes a second.
        package var leastRate = 1000
        /// How long it may be slower.
        package var leastRateSeconds = 60

        package init() {}
    }

    /// The head of a server's answer: its status and its headers.
    package struct Head: Sendable {
        package let status: Int
        /// The address that answered.
        package let url: URL
        private let headers: [(name: String, value: String)]

        fileprivate init?(_ lines: [String], url: URL) {
            // "HTTP/1.1 200 OK"
            guard
                let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({
                    Int($0)
                })
            else { return nil }
            self.status = status
            self.url = url
            headers = lines.dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (
                    line[..<colon].lowercased(),
                    line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                )
            }
        }

        /// The first header with a name, in any case; nil when there is none.
        package func header(_ name: String) -> String? {
            headers.first { $0.name == name.lowercased() }?.value
        }

        /// The target of a redirection; nil for other answers.
        fileprivate var location: URL? {
            guard [301, 302, 303, 307, 308].contains(status), let text = header("Location") else {
                return nil
            }
            return URL(string: text, relativeTo: url)?.absoluteURL
        }

        /// The encoding of the body; nil for none.
        fileprivate var packing: String? {
            let all = headers.filter { $0.name == "content-encoding" }.map(\.value)
                .filter { !$0.isEmpty && $0.lowercased() != "identity" }
            return all.isEmpty ? nil : all.joined(separator: ", ")
        }
    }

    /// A failure of the network or the server, with its reason in words.
    package struct Failure: Error {
        package let reason: String
    }

    /// The most bytes that the lines of a head may have.
    package static let maximumHeadByteCount = 1 << 16

    let method: Method
    let url: URL
    /// Further headers of the request; not all of them are repeated to another server
    /// (``Redirection``).
    let headers: [String: String]
    let limits: Limits
    /// Whether a redirection to another server is followed, or is the answer.
    let followsToOthers: Bool

    /// Describes a request.
    package init(
        _ method: Method, _ url: URL, headers: [String: String] = [:], limits: Limits = Limits(),
        followsToOthers: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.limits = limits
        self.followsToOthers = followsToOthers
    }

    /// Sends the request, and passes the body to `receive` piece by piece.
    ///
    /// - Parameters:
    ///   - accept: Judges the head of the answer that counts, before its body; what it throws ends
    ///     the exchange.
    ///   - receive: Takes the next bytes; what it throws ends the exchange.
    /// - Returns: The head of the answer that counts.
    /// - Throws: ``Failure``, or what `accept` and `receive` throw.
    package func run(
        accept: (Head) throws -> Void = { _ in },
        receive: (UnsafeRawBufferPointer) throws -> Void = { _ in }
    ) throws -> Head {
        var (url, headers) = (url, headers)
        for remaining in (0...Redirection.maximumCount).reversed() {
            let head = try withoutActuallyEscaping(accept) { accept in
                try withoutActuallyEscaping(receive) { receive in
                    try exchange(
                        url, headers,
                        Exchange(
                            url: url,
                            isLast: { next(after: $0, headers, remaining) == nil },
                            accept: accept, receive: receive))
                }
            }
            guard let next = next(after: head, headers, remaining) else { return head }
            (url, headers) = next
        }
        throw Failure(reason: "it points from address to address")
    }

    /// The address and the headers of the next request after a redirection; nil when the answer is
    /// final.
    private func next(
        after head: Head, _ headers: [String: String], _ remaining: Int
    ) -> (URL, [String: String])? {
        guard remaining > 0, let location = head.location,
            followsToOthers || Redirection.isSameServer(head.url, location)
        else { return nil }
        return Redirection.headers(headers, from: head.url, to: location).map { (location, $0) }
    }

    /// One exchange, whatever the answer.
    private func exchange(
        _ url: URL, _ headers: [String: String], _ exchange: Exchange
    ) throws -> Head {
        let lines = headers.merging(["Accept-Encoding": "identity"]) { $1 }
            .map { "\($0.key): \($0.value)" }.sorted()
        var message = [CChar](repeating: 0, count: Int(WRN_HTTP_MESSAGE_SIZE))
        let copies = lines.map { $0.withCString { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer($0) } + [nil]
        let start = ContinuousClock.now
        let status = url.absoluteString.withCString { address in
            pointers.withUnsafeBufferPointer { pointers in
                var request = wrn_http_request()
                request.address = address
                request.headers = pointers.baseAddress
                request.head_only = method == .head ? 1 : 0
                request.connect_milliseconds = Int32(limits.headSeconds * 1000)
                request.total_milliseconds =
                    method == .head ? Int32(limits.headSeconds * 1000) : 0
                request.least_rate = Int32(limits.leastRate)
                request.least_rate_seconds = Int32(limits.leastRateSeconds)
                return wrn_http_exchange(
                    &request,
                    { context, bytes, count in
                        Exchange.of(context)?.takeLine(
                            UnsafeRawBufferPointer(start: bytes, count: count)) == true ? 1 : 0
                    },
                    { context, bytes, count in
                        Exchange.of(context)?.takeBody(
                            UnsafeRawBufferPointer(start: bytes, count: count)) == true ? 1 : 0
                    }, Unmanaged.passUnretained(exchange).toOpaque(), &message)
            }
        }
        if let error = exchange.error { throw error }
        // An answer that only points elsewhere is complete with its head.
        if let head = exchange.head, exchange.isSuperseded || status == WRN_HTTP_OK { return head }
        let reason = message.withUnsafeBytes {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard status == WRN_HTTP_TIMEOUT else {
            throw Failure(reason: reason.isEmpty ? "the answer has no head" : reason)
        }
        // A server that takes the connection and then is silent is given up by the rule for slow
        // ones, unless only a head is wanted.
        let waited = (ContinuousClock.now - start) / .seconds(1)
        let rule = Double(limits.leastRateSeconds)
        let limit = method == .head || waited < rule ? limits.headSeconds : rule
        throw Failure(
            reason: exchange.head == nil || method == .head
                ? "no answer in \(Self.words(limit))"
                : "less than \(limits.leastRate) bytes a second for \(limits.leastRateSeconds) s")
    }

    private static func words(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}

/// The state of a running exchange, which collects the results of libcurl's callbacks on the
/// waiting thread.
private final class Exchange {
    private let url: URL
    private let isLast: (HTTPRequest.Head) -> Bool
    private let accept: (HTTPRequest.Head) throws -> Void
    private let receive: (UnsafeRawBufferPointer) throws -> Void
    private var lines: [String] = []
    private var headByteCount = 0
    private(set) var head: HTTPRequest.Head?
    /// Whether another answer counts.
    private(set) var isSuperseded = false
    private(set) var error: (any Error)?

    init(
        url: URL, isLast: @escaping (HTTPRequest.Head) -> Bool,
        accept: @escaping (HTTPRequest.Head) throws -> Void,
        receive: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) {
        self.url = url
        self.isLast = isLast
        self.accept = accept
        self.receive = receive
    }

    static func of(_ context: UnsafeMutableRawPointer?) -> Exchange? {
        context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Takes a line of the head, the last of which is empty; false to end the exchange.
    func takeLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headByteCount += bytes.count
        return attempt {
            guard headByteCount <= HTTPRequest.maximumHeadByteCount else {
                throw HTTPRequest.Failure(
                    reason:
                        "its answer's head has more than \(HTTPRequest.maximumHeadByteCount) bytes")
            }
            // What follows a body in pieces adds nothing.
            guard head == nil else { return true }
            let line = String(decoding: bytes, as: UTF8.self)
                .trimmingCharacters(in: CharacterSet(charactersIn: "\r\n"))
            guard line.isEmpty else {
                lines.append(line)
                return true
            }
            guard let head = HTTPRequest.Head(lines, url: url) else {
                throw HTTPRequest.Failure(reason: "its answer is not HTTP")
            }
            lines = []
            // An informational head before the answer.
            guard head.status >= 200 else { return true }
            self.head = head
            isSuperseded = !isLast(head)
            guard !isSuperseded else { return false }
            if let packing = head.packing {
                throw HTTPRequest.Failure(
                    reason:
                        "it sends the file packed (Content-Encoding: \(packing)) although it was "
                        + "asked not to"
                )
            }
            try accept(head)
            return true
        }
    }

    /// Takes bytes of the body; false to end the exchange.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        attempt {
            guard head != nil, !isSuperseded else { return false }
            try receive(bytes)
            return true
        }
    }

    private func attempt(_ body: () throws -> Bool) -> Bool {
        guard error == nil else { return false }
        do {
            return try body()
        } catch {
            self.error = error
            return false
        }
    }
}
