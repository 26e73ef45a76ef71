// SPDX-License-Identifier: Apache-2.0

import WRNThreads

/// A web server of one test, with an answer for each path.
package final class FileServer: Sendable {
    /// The answer to a request for a path.
    package enum Answer: Sendable {
        /// A file.
        case file([UInt8])
        /// Announces the whole file, sends so many bytes of it, and hangs up.
        case cutOff([UInt8], after: Int)
        /// A status without a body.
        case status(Int)
        /// The file, or the requested part of it.
        case ranged([UInt8])
        /// A number of bytes of the requested part, and then a hang-up.
        case rangedCutOff([UInt8], after: Int)
        /// Another part than the requested one.
        case otherRange([UInt8])
        /// The file, and 416 for any part of it.
        case withoutRanges([UInt8])
        /// Another length than the file has.
        case lying([UInt8], length: Int)
        /// A redirection to an address.
        case redirect(String)
        /// Any answer.
        case response(LoopbackServer.Response)
        /// One answer after the other, the last one again and again.
        indirect case sequence([Answer])
    }

    private let server: LoopbackServer

    /// Starts a server with the answers by path, without the first slash.
    package init(_ answers: [String: Answer]) throws {
        let turns = Turns()
        server = try LoopbackServer { request in
            let path = String(request.path.dropFirst())
            var answer = answers[path] ?? .status(404)
            if case .sequence(let all) = answer {
                answer = all[min(turns.next(path), all.count - 1)]
            }
            return Self.response(answer, from: request.start)
        }
    }

    /// The server's address, with a slash at the end.
    package var address: String { server.address + "/" }

    /// Ends the server, and returns when its socket is closed.
    package func stop() { server.stop() }

    /// The requested paths, in order.
    package var requests: [String] { server.requests.map { String($0.path.dropFirst()) } }

    /// The range of each request: `bytes=300-`.
    package var ranges: [String?] { server.requests.map { $0.headers["range"] } }

    /// How many bytes of bodies were sent.
    package var sentByteCount: Int { server.sentByteCount }

    private static func response(_ answer: Answer, from start: Int?) -> LoopbackServer.Response {
        func part(_ bytes: [UInt8], _ sentCount: Int? = nil) -> LoopbackServer.Response {
            guard let start else { return .init(body: bytes, sentCount: sentCount) }
            guard start < bytes.count else { return .init(status: 416) }
            return .init(
                status: 206,
                headers: ["Content-Range": "bytes \(start)-\(bytes.count - 1)/\(bytes.count)"],
                body: Array(bytes[start...]), sentCount: sentCount)
        }
        switch answer {
        case .file(let bytes): return .init(body: bytes)
        case .cutOff(let bytes, let count): return .init(body: bytes, sentCount: count)
        case .status(let status): return .init(status: status)
        case .ranged(let bytes): return part(bytes)
        case .rangedCutOff(let bytes, let count): return part(bytes, count)
        case .otherRange(let bytes):
            guard start != nil else { return .init(body: bytes) }
            return .init(
                status: 206,
                headers: ["Content-Range": "bytes 0-\(bytes.count - 1)/\(bytes.count)"],
                body: bytes)
        case .withoutRanges(let bytes):
            return start == nil ? .init(body: bytes) : .init(status: 416)
        case .lying(let bytes, let length):
            return .init(headers: ["Content-Length": "\(length)"], body: bytes)
        case .redirect(let address): return .init(status: 302, headers: ["Location": address])
        case .response(let response): return response
        case .sequence: return .init(status: 500)
        }
    }
}

/// The number of requests for each path.
private final class Turns: Sendable {
    private let counts = Locked<[String: Int]>([:])

    /// The number of this request for a path, from 0.
    func next(_ path: String) -> Int {
        counts.withLock { counts in
            defer { counts[path, default: 0] += 1 }
            return counts[path, default: 0]
        }
    }
}
