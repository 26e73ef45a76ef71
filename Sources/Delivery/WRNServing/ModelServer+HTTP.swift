// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL
import ServiceLifecycle
import WRNText
import WRNThreads

extension ModelServer {
    /// Listens until ``shutDown()`` is called, or the task is cancelled.
    ///
    /// A server runs once.
    ///
    /// - Parameter onRunning: Called once with the port, when requests are accepted.
    /// - Throws: A ``ServingError`` for a certificate that cannot be read or an address that
    ///   cannot be used.
    public func run(onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in })
        async throws
    {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: CallbackResponder { request, context in
                await self.respond(to: request, context)
            } as CallbackResponder<ConnectionContext>,
            server: try channel(),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: "wrn-serve",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    options.maximumConnections)),
            onServerRunning: { await onRunning($0.localAddress?.port ?? self.options.port) },
            logger: quiet)
        let listener = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [application], logger: quiet))
        let isEnding = lifecycle.withLock { lifecycle in
            lifecycle.listener = listener
            return lifecycle.isEnding
        }
        guard !isEnding else { return }
        do {
            try await listener.run()
        } catch let error as IOError {
            throw ServingError(
                .unavailableAddress,
                "cannot listen on \(options.host):\(options.port) "
                    + "(\(String(cString: strerror(error.errnoCode)))); choose another address or "
                    + "port, or end the program that uses it")
        } catch let error
            where error is SocketAddressError || error is SocketAddressError.UnknownHost
        {
            let reason =
                (error as? SocketAddressError.UnknownHost)?.errorDescription
                ?? "no such address can be used"
            throw ServingError(
                .unavailableAddress,
                "cannot listen on \(options.host):\(options.port) (\(reason)); choose the name or "
                    + "the number of an address of this machine")
        }
    }

    private func channel() throws -> HTTPServerBuilder {
        let limit = TimeAmount.seconds(Int64(options.readingSeconds))
        let metrics = metrics
        let http1 = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionHandler(writingLimit: limit) { refusal in
                    metrics.recordRequest(
                        route: "none", status: refusal.status.code, errorKind: refusal.kind,
                        seconds: 0)
                }
            ],
            // A body that stops arriving is refused before its connection counts as idle, also on
            // a busy machine.
            idleTimeout: limit + .seconds(3),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10,
                maxHeaderFieldCount: 100))
        guard let tls = options.tls else { return .http1(configuration: http1) }
        for file in [tls.certificate, tls.key]
        where !FileManager.default.isReadableFile(atPath: file) {
            throw ServingError(
                .unreadableFile,
                "\(file): cannot be read; choose a certificate and its key in PEM that are there "
                    + "and that this user may read")
        }
        do {
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(tls.certificate).map {
                    .certificate($0)
                }, privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem)))
            // A key of another certificate is found now and not by the first client.
            _ = try NIOSSLContext(configuration: configuration)
            let http2 = HTTP2ChannelConfiguration(
                idleTimeout: .seconds(options.readingSeconds), streamConfiguration: http1)
            return HTTPServerBuilder { responder in
                TimedHandshake(
                    base: try HTTP2UpgradeChannel(
                        tlsConfiguration: configuration, configuration: http2,
                        responder: responder), limit: limit)
            }
        } catch {
            throw ServingError(
                .unreadableFile,
                "\(tls.certificate), \(tls.key): expected a certificate and its key in PEM, found "
                    + "something else (\(error))")
        }
    }

    private func respond(to request: Request, _ context: ConnectionContext) async -> Response {
        let start = ServerMetrics.now
        let held = HeldBytes(of: budget)
        defer { held.giveBack() }
        // A task of its own, which ends when the client leaves.
        let work = Task { await answer(request, on: context.channel, held) }
        ConnectionHandler.onLeaving(context.channel) { work.cancel() }
        var (route, reply, kind) = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        reply = reply.sent(to: request.head.method)
        // Clients of a server that is ending turn elsewhere. HTTP/2 has other means.
        let closes = isEnding || request.head.headerFields[.connection]?.lowercased() == "close"
        if closes, !ConnectionHandler.isStream(context.channel) {
            reply.headers[.connection] = "close"
        }
        let seconds = ServerMetrics.now - start
        metrics.recordRequest(
            route: route, status: reply.status.code, errorKind: kind, seconds: seconds)
        logger.info(
            "\(Self.logLine(request.head, reply.status))",
            metadata: [
                "milliseconds": "\((seconds * 10_000).rounded() / 10)",
                "images": "\(reply.imageCount)", "bytes": "\(reply.body.count)",
                "client": "\(context.channel.remoteAddress?.ipAddress ?? "-")",
            ])
        return Response(
            status: reply.status, headers: reply.headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }

    /// The line of the log for a request, whose path may hold any characters over HTTP/2.
    static func logLine(_ head: HTTPRequest, _ status: HTTPResponse.Status) -> String {
        "\(head.method) \(printable((head.path ?? "/").prefix(200))) \(status.code)"
    }

    /// Reads the body of a request that has a route, and answers it.
    private func answer(
        _ request: Request, on channel: any Channel, _ held: HeldBytes
    ) async -> (route: String, Reply, kind: String?) {
        let head = request.head
        var path = "none"
        do {
            if !ConnectionHandler.isStream(channel) { try requireHost(of: head) }
            let matched: MatchedRoute
            do {
                let target = (head.path ?? "/").split(
                    separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
                matched = try match(head.method, String(target[0]), head.headerFields)
            } catch {
                path = error.path
                throw error.refusal
            }
            path = matched.route.path
            let body = try await body(of: request, on: channel, held)
            return await reply(
                to: Exchange(
                    head.method, head.path ?? "/", headers: head.headerFields, body: body),
                by: matched)
        } catch {
            let refusal = Refusal(error)
            var reply = Reply(refusal)
            // The rest of the body is not read.
            if !ConnectionHandler.isStream(channel), hasBody(head) {
                reply.headers[.connection] = "close"
            }
            return (path, reply, refusal.kind)
        }
    }

    /// Refuses a request that does not name its host once, as RFC 9112 (section 3.2) demands: what
    /// is between a client and this server may take such a request for another host's.
    private func requireHost(of head: HTTPRequest) throws(Refusal) {
        // The codec takes the first one out of the fields.
        guard let host = head.authority,
            !head.headerFields.contains(where: { $0.name.canonicalName == "host" })
        else {
            throw .invalid(
                "Host: expected one in the header, found "
                    + (head.authority == nil ? "none" : "several"))
        }
        let isValid = host.utf8.allSatisfy { byte in
            UInt8(ascii: "!")...UInt8(ascii: "~") ~= byte && !#""/<>?@\^`{|}#"#.utf8.contains(byte)
        }
        guard isValid else {
            throw .invalid("Host: expected a name or an address, and perhaps a port")
        }
    }

    /// Whether a body follows the head of a request; of HTTP/2 it may where no length is given.
    private func hasBody(_ head: HTTPRequest) -> Bool {
        if let length = head.headerFields[.contentLength] { return length != "0" }
        return head.headerFields[.transferEncoding] != nil
    }

    /// The whole body, whose bytes are taken from the budget as they arrive.
    private func body(
        of request: Request, on channel: any Channel, _ held: HeldBytes
    ) async throws -> [UInt8] {
        let limit = options.maximumBodyByteCount
        let large = Refusal(
            .contentTooLarge, "tooLarge", "the body has more than \(limit) bytes")
        let full = Refusal.overloaded(
            "the server holds as many bytes of requests as its limit allows; try again later")
        let fields = request.head.headerFields
        let length = fields[.contentLength].flatMap { Int($0) }
        if let length, length > limit { throw large }
        if let coding = fields[.contentEncoding], coding.lowercased() != "identity" {
            throw Refusal(
                .unsupportedMediaType, "invalid",
                "Content-Encoding: expected a body as it is, found \"\(coding.prefix(40))\"")
        }
        if let expected = fields[.expect] {
            guard expected.lowercased() == "100-continue" else {
                throw Refusal(
                    .expectationFailed, "invalid", "Expect: expected 100-continue, or nothing")
            }
            channel.writeAndFlush(
                HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
        }
        let seconds = Double(options.readingSeconds)
        let late = Refusal(
            .requestTimeout, "slow",
            "the body arrived too slowly: within \(options.readingSeconds) seconds, and one more "
                + "for each 16 KiB, it was not whole")
        let start = ServerMetrics.now
        let body = request.body
        let bytes = try await within(
            {
                .seconds(
                    start + seconds + Double(held.count) / Double(16 << 10) - ServerMetrics.now)
            }, otherwise: late
        ) {
            var bytes: [UInt8] = []
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else { throw large }
                guard held.take(part.readableBytes) else { throw full }
                bytes += part.readableBytesView
            }
            return bytes
        }
        if let length, bytes.count != length {
            throw Refusal.invalid("expected a body of \(length) bytes, found \(bytes.count)")
        }
        if !bytes.isEmpty { metrics.record(.reading, seconds: ServerMetrics.now - start) }
        return bytes
    }
}

/// What the server needs of a request besides the request.
private struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
