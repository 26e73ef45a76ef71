// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOSSL
import NIOTLS

/// The part of a connection of HTTP/1.1, or of a stream of HTTP/2, that watches its client: a
/// client that leaves cancels its request, one that does not read its answer is disconnected, and
/// bytes that are no HTTP are refused with a sentence.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The time in which a client takes an answer.
    private let writingLimit: TimeAmount
    /// Called with the refusal of what is no HTTP.
    private let record: @Sendable (Refusal) -> Void
    /// The requests that have begun and are not answered whole.
    private var openCount = 0
    private var isClosing = false
    private var onLeaving: (@Sendable () -> Void)?
    /// The end of the time for the answer whose head is written and whose end is not.
    private var deadline: Scheduled<Void>?

    init(writingLimit: TimeAmount, record: @escaping @Sendable (Refusal) -> Void) {
        self.writingLimit = writingLimit
        self.record = record
    }

    /// Calls `action` once, when the client of the request under way has left; never after the
    /// answer.
    static func onLeaving(_ channel: any Channel, _ action: @escaping @Sendable () -> Void) {
        channel.eventLoop.execute {
            let pipeline = channel.pipeline.syncOperations
            // A channel that is closed has no handlers.
            guard channel.isActive,
                let handler = try? pipeline.handler(type: ConnectionHandler.self)
            else { return action() }
            handler.onLeaving = action
        }
    }

    /// Whether a channel is a stream of HTTP/2, which lies in the channel of its connection.
    static func isStream(_ channel: any Channel) -> Bool { channel.parent?.parent != nil }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        // A stream of HTTP/2 has no such decoder, and no version either.
        guard
            let decoder = try? pipeline.handler(
                type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        else { return }
        try? pipeline.addHandler(OldVersionHandler(), position: .after(decoder))
    }

    // MARK: From the client

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { openCount += 1 }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client of HTTP/1.1 that sends no more has left; one that has ended only its half of the
        // connection looks the same. A stream of HTTP/2 has just its body.
        if case .inputClosed? = event as? ChannelEvent, !Self.isStream(context.channel) { leave() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        deadline?.cancel()
        context.fireChannelInactive()
    }

    private func leave() {
        onLeaving?()
        onLeaving = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What follows an error of the parser are further errors.
        if isClosing { return }
        // An error within a body reaches the reader of the body.
        guard let error = error as? HTTPParserError, openCount == 0 else {
            context.fireErrorCaught(error)
            return
        }
        let refusal =
            error == .headerOverflow
            ? Refusal(
                .requestHeaderFieldsTooLarge, "tooLarge",
                "the header is larger than this server takes")
            : Refusal(.badRequest, "invalid", "the request is not HTTP/1.1")
        record(refusal)
        openCount += 1
        for part in Reply(refusal).parts(closing: true) {
            write(context: context, data: wrapOutboundOut(part), promise: nil)
        }
        context.flush()
    }

    // MARK: To the client

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind != .informational:
            isClosing = isClosing || head.headerFields[.connection] == "close"
            deadline = Self.close(context, in: writingLimit)
            context.write(data, promise: promise)
        case .end:
            openCount -= 1
            onLeaving = nil
            let promise = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound(
                (handler: self, context: context, deadline: deadline), eventLoop: context.eventLoop)
            // The next answer may begin before this one is taken.
            deadline = nil
            promise.futureResult.whenComplete { _ in
                let (handler, context, deadline) = bound.value
                deadline?.cancel()
                guard handler.isClosing else { return }
                // A client that still sends would lose the answer if the connection were closed.
                context.close(mode: .output, promise: nil)
                _ = Self.close(context, in: .seconds(1))
            }
            context.write(data, promise: promise)
        default:
            context.write(data, promise: promise)
        }
    }

    private static func close(
        _ context: ChannelHandlerContext, in time: TimeAmount
    ) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}

extension Reply {
    /// The parts of the answer on a connection.
    ///
    /// - Parameter closing: Whether the connection is closed after it.
    func parts(closing: Bool) -> [HTTPResponsePart] {
        var head = HTTPResponse(status: status, headerFields: headers)
        head.headerFields[.contentLength] = "\(body.count)"
        if closing { head.headerFields[.connection] = "close" }
        return [.head(head), .body(ByteBuffer(bytes: body)), .end(nil)]
    }
}

/// A kind of connection with TLS whose handshake must end in time.
struct TimedHandshake<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let limit: TimeAmount

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let tls = try pipeline.handler(type: NIOSSLServerHandler.self)
            try pipeline.addHandler(HandshakeHandler(channel, limit), position: .after(tls))
            return value
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

/// Closes a connection unless its handshake ends in time.
private final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let deadline: Scheduled<Void>

    init(_ channel: any Channel, _ limit: TimeAmount) {
        deadline = channel.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { deadline.cancel() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline.cancel()
        context.fireChannelInactive()
    }
}
