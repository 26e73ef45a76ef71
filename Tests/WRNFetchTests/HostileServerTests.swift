// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport

@testable import WRNFetch

/// Servers that pack what was to come as it is, never end, are silent, or send bytes now and then.
@Suite("Servers that mean harm, or are ill")
struct HostileServerTests {
    private static let name = "data.bin"
    private static let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    /// What gzip makes of nothing: whether it is unpacked or not, it is not the file.
    private static let packed: [UInt8] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 2, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]

    /// Gets the file from a server that gives these answers, and what is then in the directory.
    private func download(
        _ answer: FileServer.Answer, others: [String: FileServer.Answer] = [:],
        limits: (inout HTTPRequest.Limits) -> Void = { _ in }
    ) throws -> (files: [String], sentByteCount: Int, error: DataError?) {
        let directory = try TemporaryDirectory()
        let server = try FileServer(others.merging([Self.name: answer]) { $1 })
        defer { server.stop() }
        var digest = FileDigest.Computation(like: .sha256(""))
        digest.update(Array(Self.bytes))
        var allowed = HTTPRequest.Limits()
        limits(&allowed)
        var failure: DataError?
        do {
            try Download(
                file: RemoteFile(
                    name: Self.name, byteCount: Self.bytes.count, digest: digest.digest),
                addresses: [server.address], directory: directory.path, limits: allowed
            ).run(nil)
        } catch {
            failure = error
        }
        let files =
            FileManager.default.fileExists(atPath: directory.path)
            ? directory.contents : []
        return (files, server.sentByteCount, failure)
    }

    @Test(
        "A packed answer is refused before its body",
        arguments: ["gzip", "deflate", "br", "zstd", "GZIP", "gzip, gzip", "identity, gzip"])
    func packing(_ encoding: String) throws {
        // As large as it may be sent before the client hangs up.
        let body = [UInt8](repeating: 0, count: 1 << 20)
        let (files, sent, error) = try download(
            .response(
                .init(
                    headers: ["Content-Encoding": encoding], body: Self.packed + body, end: .repeat)
            ))
        #expect(error?.code == .downloadFailed)
        #expect(
            error?.message.contains(
                "packed (Content-Encoding: \(encoding)) although it was asked not to")
                == true, "\(String(describing: error))")
        #expect(files.isEmpty)
        // Some megabytes are in the system's buffers; an endless body was not taken.
        #expect(sent < 32 << 20)
    }

    @Test("identity is no packing")
    func identity() throws {
        let (files, _, error) = try download(
            .response(.init(headers: ["Content-Encoding": "Identity"], body: Self.bytes)))
        #expect(error == nil && files == [Self.name])
    }

    @Test("A body that does not end is cut off at the first byte too many")
    func endless() throws {
        let (files, sent, error) = try download(
            .response(
                .init(
                    headers: ["Content-Length": "\(1 << 40)"],
                    body: [UInt8](repeating: 1, count: 1 << 16), end: .repeat)))
        #expect(error?.code == .checksumMismatch)
        #expect(error?.message.contains("sends more than the 100000 bytes") == true)
        #expect(files.isEmpty)
        #expect(sent < 32 << 20)
    }

    @Test(
        "Bodies of redirects and of errors are not taken, packed or endless",
        arguments: [301, 302, 303, 307, 308, 404, 500], ["", "gzip"])
    func otherBodies(_ status: Int, _ encoding: String) throws {
        var headers = ["Location": "/other", "Content-Length": "\(1 << 40)"]
        headers["Content-Encoding"] = encoding.isEmpty ? nil : encoding
        let (files, sent, error) = try download(
            .response(
                .init(
                    status: status, headers: headers,
                    body: [UInt8](repeating: 1, count: 1 << 16), end: .repeat)),
            others: ["other": .file(Self.bytes)])
        #expect(sent < 32 << 20)
        if (300..<400).contains(status) {
            #expect(error == nil && files == [Self.name], "\(String(describing: error))")
        } else {
            #expect(error?.code == .downloadFailed && files.isEmpty)
        }
    }

    @Test("A head without end is cut off")
    func endlessHead() throws {
        let headers = Dictionary(
            uniqueKeysWithValues: (0..<200).map { ("X-\($0)", String(repeating: "y", count: 1000)) }
        )
        let (files, _, error) = try download(.response(.init(headers: headers, body: Self.bytes)))
        #expect(error?.message.contains("head has more than 65536 bytes") == true)
        #expect(files.isEmpty)
    }

    @Test("A server that says nothing is given up after the time for its head")
    func silent() throws {
        var silence = LoopbackServer.Response(end: .stall)
        silence.hasHead = false
        let server = try FileServer(["x": .response(silence)])
        defer { server.stop() }
        var limits = HTTPRequest.Limits()
        limits.headSeconds = 0.1
        let url = try #require(URL(string: server.address + "x"))
        let error = #expect(throws: HTTPRequest.Failure.self) {
            try HTTPRequest(.head, url, limits: limits).run()
        }
        #expect(error?.reason == "no answer in 0.1 s")
    }

    @Test(
        "A server that takes a connection and gives no file is given up by the rule for slow ones")
    func silentFile() throws {
        var silence = LoopbackServer.Response(end: .stall)
        silence.hasHead = false
        let (_, _, error) = try download(.response(silence)) { $0.leastRateSeconds = 1 }
        #expect(
            error?.message.contains("0 of 100000 bytes (no answer in 1 s)") == true,
            "\(String(describing: error))")
    }

    @Test("A server that drips is given up, and what came is kept for the next download")
    func drips() throws {
        let (files, _, error) = try download(
            .response(.init(body: Self.bytes, sentCount: 300, end: .stall))
        ) {
            $0.leastRateSeconds = 1
        }
        #expect(error?.code == .downloadFailed)
        #expect(
            error?.message.contains("300 of 100000 bytes (less than 1000 bytes a second for 1 s)")
                == true, "\(String(describing: error))")
        #expect(files == [Self.name + ".part"])
    }

    @Test(
        "Numbers in heads that no file has are refused, and none traps",
        arguments: [
            "99999999999999999999999", "-1", "0x10", "1e3", "9223372036854775807", "",
        ])
    func numbers(_ number: String) throws {
        for (status, headers) in [
            (200, ["Content-Length": number]),
            (206, ["Content-Range": "bytes \(number)-\(number)/\(number)"]),
            (416, ["Content-Range": "bytes */\(number)"]),
        ] {
            let (files, _, error) = try download(
                .response(.init(status: status, headers: headers, body: [1, 2, 3])))
            #expect(error != nil && !files.contains(Self.name), "\(status) \(number)")
        }
    }

    @Test("What a server says reaches no terminal as it is")
    func escapes() throws {
        let (_, _, error) = try download(
            .response(.init(headers: ["Content-Encoding": "\u{1B}[2J\u{9B}x"], body: [])))
        #expect(
            error?.message.contains(#"\u{1b}[2J\u{9b}x"#) == true, "\(String(describing: error))")
    }
}
