// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
import WRNInference
import WRNModel
import WRNThreads

@testable import WRNServing

@Suite("The server on a socket")
struct ListeningServerTests {
    private static func photograph(_ number: Int) -> PixelImage {
        PixelImage(
            height: 33, width: 40, channels: 3,
            pixels: (0..<33 * 40 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + 91 * number) })
    }

    private static func predictions(
        _ answer: RawConnection.Answer?
    ) throws -> [[Prediction]]? {
        guard let answer, answer.status == 200 else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Classification.self, from: Data(answer.body))
            .images.map(\.predictions)
    }

    @Test("several requests over one connection have the answers of a classifier")
    func classifies() async throws {
        let photographs = (0..<3).map(Self.photograph)
        let expected = try Classifier(contentsOf: .bundled, batch: 4).classify(photographs)
        try await ListeningServer.run { listening in
            let connection = try listening.connect()
            for (photograph, predictions) in zip(photographs, expected) {
                let answer = await connection.answer(
                    to: "POST /classify?top=10", body: try photograph.png())
                #expect(try Self.predictions(answer) == [predictions])
                #expect(answer?.headers["content-type"] == "application/json")
            }
            let infer = await connection.answer(
                to: "POST /v2/models/m/infer",
                body: Array(
                    (#"{"inputs":[{"name":"images","shape":[1],"datatype":"BYTES","data":[""#
                        + Data(try photographs[0].png()).base64EncodedString() + #""]}]}"#).utf8))
            #expect(infer?.status == 200)
        }
    }

    @Test("a client that expects 100 gets it before its body, or a refusal in its place")
    func expectation() async throws {
        var options = ModelServer.Options.patient
        options.tokens = "secret"
        try await ListeningServer.run(options) { listening in
            let body = try Self.photograph(0).png()
            let head = { (length: Int, token: String) in
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n"
                    + "Authorization: Bearer \(token)\r\nExpect: 100-continue\r\n\r\n"
            }
            let accepted = try listening.connect()
            await accepted.send(head(body.count, "secret"))
            #expect(await accepted.answer()?.status == 100)
            await accepted.send(body)
            #expect(await accepted.answer()?.status == 200)

            for (length, token, status) in [(1 << 40, "secret", 413), (body.count, "other", 401)] {
                let refused = try listening.connect()
                await refused.send(head(length, token))
                #expect(await refused.answer()?.status == status)
                #expect(await refused.isClosed())
            }
        }
    }

    @Test("a client of HTTP/1.0 gets no 100, and the end of its connection with the answer")
    func oldVersion() async throws {
        try await ListeningServer.run { listening in
            let body = try Self.photograph(0).png()
            let head =
                "POST /classify HTTP/1.0\r\nContent-Length: \(body.count)\r\n"
                + "Expect: 100-continue\r\n\r\n"
            let connection = try listening.connect()
            await connection.send(Array(head.utf8) + body)
            let answer = await connection.answer()
            #expect(answer?.status == 200)
            #expect(answer?.headers["connection"] == "close")
            #expect(await connection.isClosed())
        }
    }

    @Test("a request of HTTP/1.1 names its host once, and no other way of writing one is taken")
    func host() async throws {
        try await ListeningServer.run { listening in
            for (fields, status) in [
                ("", 400), ("Host: a\r\nHost: a\r\n", 400), ("Host: a b\r\n", 400),
                ("Host: user@a\r\n", 400), ("Host: a/b\r\n", 400), ("Host: \r\n", 200),
                ("hOST: [::1]:8080\r\n", 200), ("Host: a-b.example:80\r\n", 200),
            ] {
                let connection = try listening.connect()
                await connection.send("GET /v2/health/live HTTP/1.1\r\n\(fields)\r\n")
                let answer = await connection.answer()
                #expect(answer?.status == status, "\(fields)")
                #expect(status == 200 || answer?.error?.hasPrefix("Host: ") == true, "\(fields)")
            }
        }
    }

    @Test("no answer to a HEAD has a body, whatever its status")
    func headOnly() async throws {
        var options = ModelServer.Options.patient
        options.tokens = "secret"
        try await ListeningServer.run(options) { listening in
            let connection = try listening.connect()
            for (path, status) in [
                ("/nothing", 404), ("/classify", 405), ("/v2", 401), ("/openapi.json", 200),
            ] {
                await connection.send("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = await connection.answer(hasBody: false)
                #expect(answer?.status == status)
                let length = answer?.headers["content-length"].flatMap { Int($0) }
                #expect((length ?? 0) > 10, "\(path)")
                // A body would be taken for the beginning of this answer.
                let next = await connection.answer(to: "GET /v2/health/live")
                #expect(next?.status == 200, "\(path)")
            }
        }
    }

    @Test("a host without an address is an error of the server's, with its name")
    func unknownHost() async throws {
        var options = ModelServer.Options.patient
        // Longer than a part of a name can be, so that no other machine is asked.
        options.host = String(repeating: "a", count: 70)
        let server = try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: options)
        let error = await #expect(throws: ServingError.self) { try await server.run() }
        #expect(error?.code == .unavailableAddress)
        #expect(error?.message.contains(options.host) == true, "\(error?.message ?? "")")
    }

    @Test("the request of a client that leaves is cancelled, in the queue and in its body")
    func leaving() async throws {
        var options = ModelServer.Options.patient
        // Longer than the test: the request is in the queue until it is cancelled.
        options.maximumDelay = 3600
        options.queue = 1
        try await ListeningServer.run(options) { listening in
            let body = try Self.photograph(0).png()
            let head = "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n"
            let waiting = try listening.connect()
            await waiting.send(Array(head.utf8) + body)
            let model = listening.server.registry.models[0]
            #expect(try await listening.waitUntil { _ in model.service.pendingCount == 1 })
            waiting.end()
            #expect(try await listening.waitUntil { _ in model.service.pendingCount == 0 })

            let halfway = try listening.connect()
            await halfway.send(Array(head.utf8) + body.dropLast(10))
            #expect(
                try await listening.waitUntil { $0.budget.heldByteCount == body.count - 10 })
            halfway.end()
            #expect(try await listening.waitUntil { $0.budget.heldByteCount == 0 })
        }
    }

    @Test("a request has its own timeout, in microseconds")
    func timeout() async throws {
        var options = ModelServer.Options.patient
        options.maximumDelay = 3600
        try await ListeningServer.run(options) { listening in
            let image = Data(try Self.photograph(0).png()).base64EncodedString()
            let answer = await listening.answer(
                infer: #"{"parameters":{"timeout":20000},"inputs":[{"name":"images","shape":[1],"#
                    + #""datatype":"BYTES","data":["\#(image)"]}]}"#)
            #expect(answer?.status == 504)
            #expect(answer?.error == "the answer took longer than the request's timeout")
        }
    }

    @Test(
        "clients that send or read slowly do not stop others, and are disconnected",
        .timeLimit(.minutes(5)))
    func slowClients() async throws {
        var options = ModelServer.Options.patient
        options.readingSeconds = 1
        options.maximumConnections = 200
        try await ListeningServer.run(options) { listening in
            let starts = [
                "", "POST /classify HTTP/1.1\r\nHo",
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 33554432\r\n\r\nx",
                "POST /classify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            ]
            var slow: [(start: String, connection: RawConnection)] = []
            for index in 0..<100 {
                let start = starts[index % starts.count]
                slow.append((start, try listening.connect()))
                await slow[index].connection.send(start)
            }
            let answer = await listening.answer(
                to: "POST /classify", body: try Self.photograph(1).png())
            #expect(answer?.status == 200)
            for (start, connection) in slow {
                if start.hasSuffix("x") || start.hasSuffix("hel") {
                    #expect(await connection.answer()?.status == 408)
                }
                #expect(await connection.isClosed())
            }
            // Of answers that nobody reads, one does not fit into the buffers any more; the server
            // then closes the connection, and no request is taken.
            let held = try listening.connect(buffer: 4096)
            while await held.send("GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n") {}
            #expect(listening.server.budget.heldByteCount == 0)
        }
    }

    @Test("images beyond the queue get 503 with Retry-After, the others their answers")
    func overload() async throws {
        var options = ModelServer.Options.patient
        options.queue = 4
        options.batch = 2
        let photographs = (0..<4).map(Self.photograph)
        let expected = try Classifier(contentsOf: .bundled, batch: 4).classify(photographs)
        try await ListeningServer.run(options) { listening in
            let counts = Locked((right: 0, refused: 0, other: 0))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<24 {
                    group.addTask {
                        let connection = try listening.connect()
                        for round in 0..<6 {
                            let index = (client + round) % 4
                            let answer = await connection.answer(
                                to: "POST /classify?top=10", body: try photographs[index].png())
                            let isRight = try Self.predictions(answer) == [expected[index]]
                            let isRefused =
                                answer?.status == 503 && answer?.headers["retry-after"] == "1"
                                && answer?.error != nil
                            counts.withLock {
                                if isRight {
                                    $0.right += 1
                                } else if isRefused {
                                    $0.refused += 1
                                } else {
                                    $0.other += 1
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let (right, refused, other) = counts.withLock { $0 }
            #expect(right > 0 && refused > 0 && other == 0, "\(right) \(refused) \(other)")
        }
    }

    @Test("reloads under load lose no request")
    func reloads() async throws {
        let photograph = Self.photograph(2)
        let expected = try Classifier(contentsOf: .bundled, batch: 4).classify([photograph])
        try await ListeningServer.run { listening in
            let isOver = Locked(false)
            let answered = Locked(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let connection = try listening.connect()
                        while !isOver.withLock({ $0 }) {
                            let answer = await connection.answer(
                                to: "POST /classify?top=10", body: try photograph.png())
                            #expect(try Self.predictions(answer) == expected)
                            answered.withLock { $0 += 1 }
                        }
                    }
                }
                for number in 1...5 {
                    #expect(
                        try await listening.waitUntil { _ in answered.withLock { $0 } >= 4 * number
                        }
                    )
                    try listening.server.reload()
                }
                isOver.withLock { $0 = true }
                try await group.waitForAll()
            }
            #expect(listening.server.registry.generation == 6)
        }
    }

    @Test("a server that ends answers what it has accepted, and is not ready meanwhile")
    func ending() async throws {
        var options = ModelServer.Options.patient
        options.maximumDelay = 0.5
        // Long enough for three requests on a busy machine.
        options.drainSeconds = 3
        let photographs = (0..<6).map(Self.photograph)
        let expected = try Classifier(contentsOf: .bundled, batch: 4).classify(photographs)
        try await ListeningServer.run(options) { listening in
            #expect(await listening.answer(to: "GET /v2/health/ready")?.status == 200)
            let model = listening.server.registry.models[0]
            let idle = try listening.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (photograph, predictions) in zip(photographs, expected) {
                    group.addTask {
                        let connection = try listening.connect()
                        let answer = await connection.answer(
                            to: "POST /classify?top=10", body: try photograph.png())
                        #expect(try Self.predictions(answer) == [predictions])
                        #expect(await connection.isClosed())
                    }
                }
                #expect(try await listening.waitUntil { _ in model.service.pendingCount == 6 })
                async let end: Void = listening.server.shutDown()
                #expect(try await listening.waitUntil(\.isEnding))
                let ready = await listening.answer(to: "GET /v2/health/ready")
                #expect(ready?.status == 503)
                #expect(ready?.headers["connection"] == "close")
                #expect(await listening.answer(to: "GET /v2/health/live")?.status == 200)
                await end
                try await group.waitForAll()
            }
            #expect(await idle.isClosed())
            #expect(model.service.pendingCount == 0)
        }
    }

    @Test(
        "bytes that are no request get a sentence with the right status, and a closed connection",
        arguments: [
            ("\u{1}\u{2}\u{3}\r\n\r\n", 400), ("GET\r\n\r\n", 400),
            ("GET / HTTP/9.9\r\n\r\n", 400), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
            ("POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            (
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
                400
            ),
            (
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
                400
            ),
            (
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                400
            ),
            ("POST /classify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            ("POST /classify HTTP/1.1\r\nHost: a\r\nExpect: 200\r\nContent-Length: 1\r\n\r\n", 417),
            (
                "GET /v2 HTTP/1.1\r\nHost: a\r\nA: " + String(repeating: "a", count: 40_000)
                    + "\r\n\r\n",
                431
            ),
            (
                "GET /v2 HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 200)
                    + "\r\n", 431
            ),
            ("POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 33554433\r\n\r\n", 413),
            ("PUT /v2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 405),
            (
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
                415
            ),
        ])
    func malformed(bytes: String, status: Int) async throws {
        try await ListeningServer.run { listening in
            let connection = try listening.connect()
            await connection.send(bytes)
            let answer = await connection.answer()
            #expect(answer?.status == status)
            #expect((answer?.error?.count ?? 0) > 10)
            #expect(await connection.isClosed())
            #expect(await listening.answer(to: "GET /v2")?.status == 200)
        }
    }

    @Test("a chunked body without an end is refused at the limit")
    func endlessBody() async throws {
        var options = ModelServer.Options.patient
        options.maximumBodyByteCount = 100_000
        try await ListeningServer.run(options) { listening in
            let connection = try listening.connect()
            await connection.send(
                "POST /classify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("1000\r\n".utf8) + [UInt8](repeating: 7, count: 4096)
            for _ in 0..<30 {
                guard await connection.send(chunk + Array("\r\n".utf8)) else { break }
            }
            #expect(await connection.answer()?.status == 413)
            #expect(listening.server.budget.heldByteCount == 0)
        }
    }

    @Test("bodies beyond the memory for all of them are refused with 503")
    func bodyBudget() async throws {
        var options = ModelServer.Options.patient
        options.maximumHeldByteCount = 1000
        try await ListeningServer.run(options) { listening in
            let body = [UInt8](repeating: 7, count: 1001)
            let answer = await listening.answer(to: "POST /classify", body: body)
            #expect(answer?.status == 503)
            #expect(answer?.headers["retry-after"] == "1")
            // A length that is declared takes nothing.
            let declared = try listening.connect()
            await declared.send(
                "POST /classify HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\nx")
            #expect(try await listening.waitUntil { $0.budget.heldByteCount == 1 })
            #expect(await listening.answer(to: "POST /classify", body: [1])?.status == 400)
        }
    }
}

extension ListeningServer {
    /// The answer to a request over a connection of its own.
    fileprivate func answer(
        to line: String, body: [UInt8] = []
    ) async -> RawConnection.Answer? {
        guard let connection = try? connect() else { return nil }
        return await connection.answer(to: line, body: body)
    }

    fileprivate func answer(infer text: String) async -> RawConnection.Answer? {
        await answer(to: "POST /v2/models/m/infer", body: Array(text.utf8))
    }
}
