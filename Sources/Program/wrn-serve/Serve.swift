// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Dispatch
import Foundation
import Logging
import WRNArguments
import WRNDialects
import WRNEngine
import WRNFetch
import WRNFiles
import WRNInference
import WRNServing
import WRNTensor
import WRNText
import WRNThreads

/// `wrn-serve`: answers requests over HTTP with models.
@main
struct Serve: AsyncParsableCommand {
    /// Runs the program; its exit codes and errors have the form of those of `wrn`.
    static func main() async {
        do {
            guard var command = try parseAsRoot() as? any AsyncParsableCommand else {
                // Help and the version are commands of their own.
                var command = try parseAsRoot()
                return try command.run()
            }
            try await command.run()
        } catch {
            let code = exitCode(for: error)
            guard code != .success else { exit(withError: error) }
            let sentence = message(for: error).split(whereSeparator: \.isNewline)
                .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
            FileHandle.standardError.write(
                Data("wrn-serve: error: \(printable(sentence))\n".utf8))
            Foundation.exit(code == .validationFailure ? 2 : 1)
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "wrn-serve",
        abstract: "Classify images that arrive over HTTP.",
        discussion: """
            POST /classify takes an image (JPEG, PNG or WebP) or a form of several, and answers \
            with their classes; map=true adds where the network looked. The Open Inference \
            Protocol is at /v2, metrics at /metrics, a description at /openapi.json, and at / \
            a page for people.

                curl --data-binary @cat.jpg http://127.0.0.1:8080/classify?top=3

            SIGHUP loads the models again. After SIGTERM or Ctrl-C what is accepted is answered, \
            and the server ends; after a second one it ends at once.
            """,
        version: PackageVersion.text)

    @Option(
        help: ArgumentHelp(
            "A model: the directory of a run, its file, weights of another program, a name of "
                + "'wrn weights list', hf:organization/name, an https address, or bundled; NAME= "
                + "before it is its name in paths. Several can be given (default: bundled).",
            valueName: "[name=]dir|file"))
    var weights: [String] = []

    @Option(
        help: ArgumentHelp(
            "For weights of other programs, how images are normalised: imagenet, cifar, mnist, "
                + "fashion-mnist, or means/deviations such as 0.5,0.5,0.5/0.2,0.2,0.2; NAME= "
                + "before it limits it to the model of that name.",
            valueName: "[name=]name|numbers"))
    var normalization: [String] = []

    @Option(help: "The address to listen on; 0.0.0.0 for every machine of the network.")
    var host = "127.0.0.1"

    @Option(help: "The port; 0 for any that is free.")
    var port = 8080

    @Option(help: "The most images that go through the network at once.")
    var batch = 16

    @Option(
        help: ArgumentHelp(
            "How long a batch that is not full waits for further images.",
            valueName: "milliseconds"))
    var maxDelay = 0.0

    @Option(help: "The most images that are accepted and not answered; further ones get 503.")
    var queue = 256

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The type of activations: float32 or bfloat16; also f32, bf16 (default: float32).",
            valueName: "type"))
    var precision = Precision.float32

    @Option(help: "The most megabytes of a request's body.")
    var maxBody = 32

    @Option(help: "The most megapixels of an image.")
    var maxPixels = 50

    @Option(help: "The most connections at once.")
    var maxConnections = 1024

    @Option(help: "The seconds in which a request is answered or refused.")
    var timeout = 60

    @Option(
        help: ArgumentHelp(
            "After SIGTERM, how long the server is not ready but still takes requests, so that a "
                + "load balancer can turn elsewhere.",
            valueName: "seconds"))
    var drain = 0.0

    @Option(
        help: ArgumentHelp(
            "A file of tokens, one a line: only requests with one of them are answered.",
            valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("A certificate in PEM, for HTTPS and HTTP/2.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The certificate's key in PEM.", valueName: "file"))
    var tlsKey: String?

    @Flag(help: "Write the log as a JSON object a line.")
    var logJSON = false

    @Flag(help: "Write only warnings and errors, no line for each request.")
    var quiet = false

    func validate() throws {
        try check("--port", port, 0...65_535)
        try check("--batch", batch, 1...1024)
        try check("--queue", queue, 1...1_000_000)
        try check("--threads", threads ?? 1, 1...1024)
        try check("--max-body", maxBody, 1...1024)
        try check("--max-pixels", maxPixels, 1...1000)
        try check("--max-connections", maxConnections, 1...1_000_000)
        try check("--timeout", timeout, 1...86_400)
        guard maxDelay >= 0, maxDelay <= 10_000 else {
            throw ValidationError("--max-delay: expected 0 to 10000 milliseconds, not \(maxDelay)")
        }
        guard drain >= 0, drain <= 3600 else {
            throw ValidationError("--drain: expected 0 to 3600 seconds, not \(drain)")
        }
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together; give both")
        }
    }

    private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError(
                "\(name): expected \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
    }

    /// An error of the library with the option that resolves it.
    private struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        // Until the handler below is there, SIGHUP would end the process.
        signal(SIGHUP, SIG_IGN)
        let server: ModelServer
        do {
            server = try ModelServer(models: sources(), options: options(), logger: logger)
        } catch let error as WeightsError where error.code == .unknownNormalization {
            throw Failure(description: "\(error.message) (--normalization imagenet)")
        } catch let error as WeightsError where error.code == .otherNormalization {
            throw Failure(description: "\(error.message) (--normalization)")
        }
        let hangup = Self.onSignal(SIGHUP) { try? server.reload() }
        let wasInterrupted = Locked(false)
        let ends = [SIGTERM, SIGINT].map { number in
            Self.onSignal(number) {
                let isSecond = wasInterrupted.withLock { isSecond in
                    defer { isSecond = true }
                    return isSecond
                }
                // The code of shells for a program that a signal ended.
                if isSecond { _exit(128 + number) }
                Task { await server.shutDown() }
            }
        }
        defer { for source in ends + [hangup] { source.cancel() } }
        let address = host.contains(":") ? "[\(host)]" : host
        let scheme = tlsCert == nil ? "http" : "https"
        try await server.run { port in
            FileHandle.standardError.write(
                Data(
                    ("wrn-serve: \(server.modelNames.joined(separator: ", ")) at "
                        + "\(scheme)://\(address):\(port)\n").utf8))
        }
    }

    /// Calls `action` on a thread of its own for each signal of a number.
    private static func onSignal(
        _ number: Int32, _ action: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(
            signal: number, queue: DispatchQueue(label: "wrn-serve.signal-\(number)"))
        source.setEventHandler(handler: action)
        source.resume()
        return source
    }

    /// The text after `NAME=`, and the name; nil where there is none.
    private static func named(_ text: String) -> (name: String?, text: String) {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex,
            // Addresses and paths may have the sign, too.
            text[..<sign].allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }),
            !FileManager.default.fileExists(atPath: text)
        else { return (nil, text) }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    private func sources() throws -> [ModelServer.Source] {
        let execution = ExecutionOptions(threads: threads, precision: precision)
        let models = (weights.isEmpty ? ["bundled"] : weights).map(Self.named)
        let normalizations = try normalization.map { argument in
            let (name, text) = Self.named(argument)
            guard name == nil || models.contains(where: { $0.name == name }) else {
                throw ValidationError(
                    "--normalization: there is no model \(name ?? ""); name one of --weights")
            }
            return (name: name, value: try NormalizationArgument(argument: text).normalization)
        }
        return models.map { model in
            let normalization =
                normalizations.last { $0.name == model.name }
                ?? normalizations.last { $0.name == nil }
            return (
                model.name,
                { [logger] in
                    let weights = try NamedWeights(resolving: model.text) { progress in
                        logger.debug("downloading \(progress.file): \(progress.receivedByteCount)")
                    }
                    let prepared = try PreparedModel(
                        contentsOf: weights.source, normalization: normalization?.value,
                        facts: weights.facts, device: .cpu(execution))
                    for note in prepared.reading?.notes ?? [] {
                        logger.notice("\(printable(model.text)): \(note)")
                    }
                    return prepared
                }
            )
        }
    }

    private func options() throws -> ModelServer.Options {
        var options = ModelServer.Options()
        options.host = host
        options.port = port
        options.batch = batch
        options.maximumDelay = maxDelay / 1000
        options.queue = queue
        options.threads = threads
        options.maximumBodyByteCount = maxBody << 20
        options.maximumHeldByteCount = max(256 << 20, maxBody << 20)
        options.maximumPixels = maxPixels * 1_000_000
        options.maximumConnections = maxConnections
        options.requestSeconds = timeout
        options.drainSeconds = drain
        if let tokenFile {
            do {
                let file = try FileBytes.read(tokenFile, limit: 1 << 20)
                options.tokens = String(decoding: file.bytes, as: UTF8.self)
            } catch {
                throw ServingError(
                    .unreadableFile,
                    "\(tokenFile): cannot be read; choose a file with one token a line")
            }
        }
        if let tlsCert, let tlsKey { options.tls = (tlsCert, tlsKey) }
        return options
    }

    private var logger: Logger {
        var logger = Logger(label: "wrn-serve") { label -> any LogHandler in
            if logJSON { return JSONLogHandler() }
            return StreamLogHandler.standardError(label: label)
        }
        logger.logLevel = quiet ? .warning : .info
        return logger
    }
}

/// A log of one JSON object a line, on the standard error.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    var metadataProvider: Logger.MetadataProvider?

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = [
            "time": Date().formatted(.iso8601), "level": "\(event.level)",
            "message": "\(event.message)",
        ]
        for (key, value) in metadata { fields[key] = "\(value)" }
        for (key, value) in event.metadata ?? [:] { fields[key] = "\(value)" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(fields) else { return }
        FileHandle.standardError.write(line + Data("\n".utf8))
    }
}
