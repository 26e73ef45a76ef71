// SPDX-License-Identifier: Apache-2.0

import Foundation
package import HTTPTypes
import WRNInference
import WRNModel
import WRNText

/// One entry of the routing table.
package struct Route: Sendable {
    /// The method.
    package let method: HTTPRequest.Method
    /// The path, whose segments in braces take any text, for example `/v2/models/{model}`.
    package let path: String
    /// Whether a request needs a token where the server has tokens.
    package let needsToken: Bool
    /// What it does, takes and answers.
    package let operation: Operation
    /// The answer of a server; the last argument holds the segments in braces.
    package let answer: @Sendable (ModelServer, Exchange, [String: String]) async throws -> Reply
    private let pattern: [Substring]

    init(
        method: HTTPRequest.Method, path: String, _ operation: Operation, needsToken: Bool = true,
        answer: @escaping @Sendable (ModelServer, Exchange, [String: String]) async throws -> Reply
    ) {
        self.method = method
        self.path = path
        self.needsToken = needsToken
        self.operation = operation
        self.answer = answer
        pattern = path.split(separator: "/", omittingEmptySubsequences: false)
    }

    /// The texts of the segments in braces; nil for another path.
    func match(_ segments: [Substring]) -> [String: String]? {
        guard pattern.count == segments.count else { return nil }
        var found: [String: String] = [:]
        for (part, segment) in zip(pattern, segments) {
            if part.hasPrefix("{") {
                guard let text = segment.removingPercentEncoding, !text.isEmpty else { return nil }
                found[String(part.dropFirst().dropLast())] = text
            } else if part != segment {
                return nil
            }
        }
        return found
    }
}

extension ModelServer {
    /// The routing table.
    static let routes = protocolRoutes + classificationRoutes + operationRoutes

    /// The Open Inference Protocol, with and without a version in the path.
    private static var protocolRoutes: [Route] {
        let model = "/v2/models/{model}"
        var routes = [
            Route(method: .get, path: "/v2", .server) { _, _, _ in
                try Reply(
                    json: ServerMetadata(
                        name: "wrn-serve", version: PackageVersion.text,
                        extensions: ["binary_tensor_data", "classification"]))
            },
            Route(method: .get, path: "/v2/health/live", .live, needsToken: false) { _, _, _ in
                try Reply(json: ["live": true])
            },
            Route(method: .get, path: "/v2/health/ready", .ready, needsToken: false) {
                server, _, _ in
                try server.checkReady()
                return try Reply(json: ["ready": true])
            },
            // As KServe's server has it; the protocol itself lists no models.
            Route(method: .get, path: "/v2/models", .models) { server, _, _ in
                try Reply(json: ["models": server.modelNames])
            },
        ]
        for (prefix, isVersioned) in [(model, false), (model + "/versions/{version}", true)] {
            routes += [
                Route(method: .get, path: prefix, .model(versioned: isVersioned)) {
                    server, _, parts in
                    try Reply(json: ModelMetadata(server.model(parts)))
                },
                Route(
                    method: .get, path: prefix + "/ready", .modelReady(versioned: isVersioned)
                ) { server, _, parts in
                    let model = try server.model(parts)
                    try server.checkReady()
                    return try Reply(json: ReadyModel(name: model.name, ready: true))
                },
                Route(
                    method: .post, path: prefix + "/infer", .infer(versioned: isVersioned)
                ) { server, exchange, parts in
                    let model = try server.model(parts)
                    let request = try InferenceRequest(
                        exchange, for: model.description, limit: server.imageLimit)
                    let logits = try await request.withinTimeout {
                        try await model.logits(for: request.images)
                    }
                    return try request.reply(logits: logits, of: model)
                },
            ]
        }
        return routes
    }

    /// Images as they are.
    private static var classificationRoutes: [Route] {
        [
            Route(method: .post, path: "/classify", .classify) { server, exchange, _ in
                let options = try ClassificationOptions(exchange)
                let model = try server.registry.model(named: options.model)
                let type = exchange.headers[.contentType] ?? ""
                let images =
                    try Multipart.boundary(of: type).map {
                        try Multipart.images(
                            in: exchange.body, boundary: $0, limit: server.imageLimit)
                    } ?? [EncodedImage(name: "the image", bytes: exchange.body)]
                return try await model.classification(of: images, options)
            }
        ]
    }

    /// The page, the description of the routes, and what the people need who run the server.
    private static var operationRoutes: [Route] {
        [
            Route(method: .get, path: "/", .page, needsToken: false) { server, _, _ in
                ServedPage.document(needsToken: server.tokens != nil)
            },
            Route(method: .get, path: "/icon.svg", .icon, needsToken: false) { _, _, _ in
                ServedPage.icon
            },
            Route(
                method: .get, path: "/openapi.json", .description, needsToken: false
            ) { server, _, _ in
                try Reply(
                    json: openAPIDocument(needsToken: server.tokens != nil), keys: .useDefaultKeys)
            },
            Route(method: .get, path: "/metrics", .metrics) { server, _, _ in
                let pending = server.registry.models.map { ($0.name, $0.service.pendingCount) }
                return Reply(
                    Array(
                        server.metrics.text(
                            pending: pending, heldByteCount: server.budget.heldByteCount
                        ).utf8), type: "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }

    /// Refuses what is only for a server that goes on.
    private func checkReady() throws(Refusal) {
        guard !isEnding else {
            throw Refusal(
                .serviceUnavailable, "ending", "the server is ending; send requests to another one")
        }
    }

    private func model(_ parts: [String: String]) throws(Refusal) -> ServedModel {
        if let version = parts["version"], version != "1" {
            throw Refusal(
                .notFound, "unknownModel",
                "there is no version \"\(version.prefix(40))\" of the model; expected 1")
        }
        return try registry.model(named: parts["model"])
    }
}

private struct ServerMetadata: Encodable {
    let name: String
    let version: String
    let extensions: [String]
}

private struct ReadyModel: Encodable {
    let name: String
    let ready: Bool
}

/// The description of a model's tensors; a request has one of the three inputs.
private struct ModelMetadata: Encodable {
    struct Tensor: Encodable {
        let name: String
        let datatype: String
        let shape: [Int]
    }

    let name: String
    let versions = ["1"]
    let platform = "swift-wide-resnet"
    let inputs: [Tensor]
    let outputs: [Tensor]

    init(_ model: ServedModel) {
        let size = model.description
        name = model.name
        let (channels, height, width) = (size.inputChannels, size.inputHeight, size.inputWidth)
        let files = Tensor(name: ServedTensor.images, datatype: "BYTES", shape: [-1])
        let tensors = [
            Tensor(
                name: ServedTensor.input, datatype: "FP32", shape: [-1, channels, height, width]),
            Tensor(
                name: ServedTensor.pixels, datatype: "UINT8", shape: [-1, height, width, channels]),
        ]
        inputs = model.takesFiles ? [files] + tensors : tensors
        outputs = ServedTensor.outputs.map {
            Tensor(name: $0, datatype: "FP32", shape: [-1, size.classes])
        }
    }

    private enum CodingKeys: CodingKey { case name, versions, platform, inputs, outputs }
}
