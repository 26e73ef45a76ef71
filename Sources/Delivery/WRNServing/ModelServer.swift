// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import Logging
import ServiceLifecycle
public import WRNInference
import WRNModel
import WRNText
import WRNThreads

/// A server of models over HTTP: the Open Inference Protocol, and images as they are.
///
///     let server = try ModelServer(
///         models: [(name: "flowers", load: { try PreparedModel(contentsOf: "runs/flowers") })])
///     try await server.run()
///
/// Requests share one copy of the weights and are computed together, in batches; an answer has the
/// same bits whatever is computed beside it.
public final class ModelServer: Sendable {
    /// A model's name and the preparation of its weights, which a reload repeats; without a name
    /// it is called after its network.
    public typealias Source = (name: String?, load: @Sendable () throws -> PreparedModel)

    /// The options of a server.
    public struct Options: Sendable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        /// The port; 0 for any that is free.
        public var port = 8080
        /// The most images that go through a network at once.
        public var batch = 16
        /// The seconds that a batch that is not full waits for further images.
        public var maximumDelay = 0.0
        /// The most images that a model accepts and has not answered.
        public var queue = 256
        /// The threads of each model's network, and as many that decode; nil for all processors.
        public var threads: Int?
        /// The most bytes of one body.
        public var maximumBodyByteCount = 32 << 20
        /// The most bytes of all bodies in memory.
        public var maximumHeldByteCount = 256 << 20
        /// The most pixels of an image.
        public var maximumPixels = 50_000_000
        /// The most connections at once; further ones wait to be accepted.
        public var maximumConnections = 1024
        /// The seconds in which a body must arrive, and one more for each 16 KiB of it that have
        /// arrived; as many in which an answer must be taken, and after which idle connections are
        /// closed.
        public var readingSeconds = 15
        /// The seconds in which a request must be answered.
        public var requestSeconds = 60
        /// The seconds in which an ending server is not ready but still takes requests, so that
        /// whoever sends them can turn elsewhere.
        public var drainSeconds = 0.0
        /// The contents of a file of tokens, one a line; nil to answer everybody.
        public var tokens: String?
        /// The paths of a certificate and its key in PEM, for HTTPS and HTTP/2; nil for HTTP.
        public var tls: (certificate: String, key: String)?

        /// Collects options; by default the server answers this machine only.
        public init() {}
    }

    let options: Options
    let registry: ModelRegistry
    let metrics = ServerMetrics()
    let budget: ByteBudget
    let tokens: AccessTokens?
    let logger: Logger
    let lifecycle = Locked(Lifecycle())

    /// The state of a server between its start and its end.
    struct Lifecycle {
        var isEnding = false
        /// The service that listens; nil before the start.
        var listener: ServiceGroup?
    }

    /// The most images of one request.
    var imageLimit: Int { min(64, options.queue) }

    /// Prepares the models and allocates their workers.
    ///
    /// - Throws: A ``ServingError`` for an option out of its range, and what the preparation of a
    ///   model throws.
    public init(
        models: [Source], options: Options = Options(), logger: Logger = Logger(label: "wrn-serve")
    ) throws {
        guard options.requestSeconds >= 1, options.readingSeconds >= 1,
            options.maximumBodyByteCount >= 1, options.maximumConnections >= 1,
            options.maximumPixels >= 1, options.maximumDelay >= 0, options.drainSeconds >= 0
        else { throw ServingError(.invalidOption, "a limit of a server is 1 or more") }
        guard !models.isEmpty else {
            throw ServingError(.invalidOption, "a server needs 1 model or more, found none")
        }
        self.options = options
        self.logger = logger
        tokens = try options.tokens.map { try AccessTokens(lines: $0) }
        budget = ByteBudget(options.maximumHeldByteCount)
        let sources = models.map { (name: $0.name, load: $0.load) }
        registry = try ModelRegistry { [metrics] in
            var served: [ServedModel] = []
            for source in sources {
                let model = try source.load()
                let name = source.name ?? model.description.architecture
                guard !served.contains(where: { $0.name == name }) else {
                    throw ServingError(
                        .invalidOption,
                        "two models are called \"\(name)\"; give each a name of its own")
                }
                served.append(
                    try ServedModel(name: name, model: model, options: options, metrics: metrics))
            }
            return served
        }
    }

    /// Loads all models again and puts them in place of the old ones; requests under way keep
    /// these.
    ///
    /// - Throws: What the preparation throws; then the old models stay.
    public func reload() throws {
        do {
            try registry.reload()
            metrics.recordReload(succeeded: true)
            logger.notice("models reloaded")
        } catch {
            metrics.recordReload(succeeded: false)
            logger.error("models not reloaded, the old ones stay: \(printable("\(error)"))")
            throw error
        }
    }

    /// The names of the models, the default one first.
    public var modelNames: [String] { registry.models.map(\.name) }

    /// Whether the server is ending, and so not ready for further requests.
    public var isEnding: Bool { lifecycle.withLock { $0.isEnding } }

    /// Ends a server gracefully: it is not ready from now on; after the seconds of
    /// ``Options/drainSeconds`` it accepts no connection any more, answers what it has accepted,
    /// and ``run(onRunning:)`` returns.
    public func shutDown() async {
        guard
            lifecycle.withLock({ lifecycle in
                defer { lifecycle.isEnding = true }
                return !lifecycle.isEnding
            })
        else { return }
        logger.notice("the server is ending")
        // A task that is cancelled does not wait.
        try? await Task.sleep(for: .seconds(options.drainSeconds))
        await lifecycle.withLock { $0.listener }?.triggerGracefulShutdown()
    }

    /// Answers a request whose body has arrived: the same way for a socket and a test.
    package func reply(to exchange: Exchange) async -> (route: String, Reply, kind: String?) {
        let matched: MatchedRoute
        do {
            matched = try match(exchange.method, exchange.path, exchange.headers)
        } catch {
            return (
                error.path, Reply(error.refusal).sent(to: exchange.method), error.refusal.kind
            )
        }
        let (route, reply, kind) = await reply(to: exchange, by: matched)
        return (route, reply.sent(to: exchange.method), kind)
    }

    /// The route of a request by its head, before its body is read.
    ///
    /// - Throws: The refusal of a request without a route, or without a token where one is needed.
    func match(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields
    ) throws(UnmatchedRequest) -> MatchedRoute {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let matches = Self.routes.compactMap { route in
            route.match(segments).map { (route, $0) }
        }
        let sought = method == .head ? .get : method
        guard let (route, parts) = matches.first(where: { $0.0.method == sought }) else {
            var refusal = Refusal(
                .notFound, "notFound", "there is no such path on this server")
            if !matches.isEmpty {
                var methods = Set(matches.map { $0.0.method.rawValue })
                // A HEAD is answered wherever a GET is.
                if methods.contains("GET") { methods.insert("HEAD") }
                let allowed = methods.sorted()
                refusal = Refusal(
                    .methodNotAllowed, "method",
                    "the path takes \(allowed.joined(separator: ", ")), not "
                        + "\(method.rawValue.prefix(20))")
                refusal.allowed = allowed.joined(separator: ", ")
            }
            throw UnmatchedRequest(path: "none", refusal: refusal)
        }
        if route.needsToken, let tokens, !tokens.permit(headers[.authorization]) {
            throw UnmatchedRequest(
                path: route.path,
                refusal: Refusal(
                    .unauthorized, "unauthorized",
                    "expected the header Authorization with a token of this server"))
        }
        return MatchedRoute(route: route, parts: parts)
    }

    /// Answers a request of a route, in the time of the options; a HEAD as the GET.
    func reply(
        to exchange: Exchange, by matched: MatchedRoute
    ) async -> (route: String, Reply, kind: String?) {
        do {
            let late = Refusal(
                .gatewayTimeout, "deadline",
                "the answer took longer than \(options.requestSeconds) seconds")
            let reply = try await within(.seconds(options.requestSeconds), otherwise: late) {
                try await matched.route.answer(self, exchange, matched.parts)
            }
            return (matched.route.path, reply, nil)
        } catch {
            let refusal = Refusal(error)
            return (matched.route.path, Reply(refusal), refusal.kind)
        }
    }
}

/// A route with the texts of its segments in braces.
struct MatchedRoute: Sendable {
    let route: Route
    let parts: [String: String]
}

/// A request that no route answers: the path for the metrics, and the refusal.
struct UnmatchedRequest: Error {
    let path: String
    let refusal: Refusal
}
