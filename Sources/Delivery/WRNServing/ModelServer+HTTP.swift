// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOSSL

extension ModelServer {
    /// Listens until the task is cancelled, or SIGTERM or SIGINT arrives.
    ///
    /// After a signal no connection is accepted, and what is accepted already is answered.
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
        do {
            try await application.runService()
        } catch let error as IOError {
            throw ServingError(
                .unavailableAddress,
                "cannot listen on \(options.host):\(options.port) "
                    + "(\(String(cString: strerror(error.errnoCode)))); choose another address or "
                    + "port, or end the program that uses it")
        }
    }

    private func channel() throws -> HTTPServerBuilder {
        let http1 = HTTP1Channel.Configuration(
            idleTimeout: .seconds(Int64(options.readingSeconds)),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10,
                maxHeaderFieldCount: 100))
        guard let tls = options.tls else { return .http1(configuration: http1) }
        do {
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(tls.certificate).map {
                    .certificate($0)
                }, privateKey: .privateKey(try NIOSSLPrivateKey(file: tls.key, format: .pem)))
            return try .http2Upgrade(
                tlsConfiguration: configuration,
                configuration: .init(
                    idleTimeout: .seconds(options.readingSeconds), streamConfiguration: http1))
        } catch {
            throw ServingError(
                .unreadableFile,
                "\(tls.certificate), \(tls.key): expected a certificate and its key in PEM, found "
                    + "something else (\(error))")
        }
    }

    private func respond(to request: Request, _ context: ConnectionContext) async -> Response {
        let start = ServerMetrics.now
        let target = request.head.path ?? "/"
        var held = 0
        defer { budget.giveBack(held) }
        var (route, reply, kind): (String, Reply, String?)
        do {
            let body = try await body(of: request, held: &held)
            (route, reply, kind) = await self.reply(
                to: Exchange(
                    request.head.method, target, headers: request.head.headerFields, body: body))
        } catch {
            let refusal = Refusal(error)
            (route, reply, kind) = ("none", Reply(refusal), refusal.kind)
            // The rest of the body is not read.
            let channel = context.channel
            // A stream of HTTP/2 lies in a connection's channel, and has no such field.
            if channel.parent?.parent == nil { reply.headers[.connection] = "close" }
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
        let seconds = ServerMetrics.now - start
        metrics.recordRequest(
            route: route, status: reply.status.code, errorKind: kind, seconds: seconds)
        logger.info(
            "\(request.head.method) \(target.prefix(200)) \(reply.status.code)",
            metadata: [
                "milliseconds": "\((seconds * 10_000).rounded() / 10)",
                "images": "\(reply.imageCount)", "bytes": "\(reply.body.count)",
                "client": "\(context.channel.remoteAddress?.ipAddress ?? "-")",
            ])
        return Response(
            status: reply.status, headers: reply.headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }

    /// The whole body, whose bytes are taken from the budget.
    private func body(of request: Request, held: inout Int) async throws -> [UInt8] {
        let limit = options.maximumBodyByteCount
        let large = Refusal(
            .contentTooLarge, "tooLarge", "the body has more than \(limit) bytes")
        let full = Refusal.overloaded(
            "the server holds as many bytes of requests as its limit allows; try again later")
        let length = request.head.headerFields[.contentLength].flatMap { Int($0) }
        if let length {
            guard length <= limit else { throw large }
            guard length > 0 else { return [] }
        } else if request.head.headerFields[.transferEncoding] == nil,
            [.get, .head, .delete].contains(request.head.method)
        {
            return []
        }
        // A body of unknown length takes the most that it may have.
        let reserved = length ?? limit
        guard budget.take(reserved) else { throw full }
        held = reserved
        let late = Refusal(
            .requestTimeout, "slow",
            "the body did not arrive within \(options.readingSeconds) seconds")
        let start = ServerMetrics.now
        let body = request.body
        let bytes = try await within(.seconds(options.readingSeconds), otherwise: late) {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(length ?? 0)
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else { throw large }
                bytes += part.readableBytesView
            }
            return bytes
        }
        metrics.record(.reading, seconds: ServerMetrics.now - start)
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
