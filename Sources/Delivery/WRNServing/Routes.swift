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
    package var needsToken = true
    /// The answer; the second argument holds the segments in braces.
    package let answer: @Sendable (Exchange, [String: String]) async throws -> Reply

    /// The texts of the segments in braces; nil for another path.
    func match(_ segments: [Substring]) -> [String: String]? {
        let pattern = path.split(separator: "/", omittingEmptySubsequences: false)
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
    /// All routes of the server; a page adds its own beside them.
    var allRoutes: [Route] { protocolRoutes + classificationRoutes + operationRoutes }

    /// The Open Inference Protocol, with and without a version in the path.
    private var protocolRoutes: [Route] {
        let model = "/v2/models/{model}"
        var routes = [
            Route(method: .get, path: "/v2") { _, _ in
                try Reply(
                    json: ServerMetadata(
                        name: "wrn-serve", version: PackageVersion.text,
                        extensions: ["binary_tensor_data", "classification"]))
            },
            Route(method: .get, path: "/v2/health/live", needsToken: false) { _, _ in
                try Reply(json: ["live": true])
            },
            Route(method: .get, path: "/v2/health/ready", needsToken: false) { _, _ in
                try Reply(json: ["ready": true])
            },
        ]
        for prefix in [model, model + "/versions/{version}"] {
            routes += [
                Route(method: .get, path: prefix) { _, parts in
                    try Reply(json: ModelMetadata(self.model(parts)))
                },
                Route(method: .get, path: prefix + "/ready") { _, parts in
                    let model = try self.model(parts)
                    return try Reply(json: ReadyModel(name: model.name, ready: true))
                },
                Route(method: .post, path: prefix + "/infer") { exchange, parts in
                    let model = try self.model(parts)
                    let request = try InferenceRequest(
                        exchange, for: model.description, limit: self.imageLimit)
                    let logits = try await model.logits(for: request.images)
                    return try request.reply(logits: logits, of: model)
                },
            ]
        }
        return routes
    }

    /// Images as they are.
    private var classificationRoutes: [Route] {
        [
            Route(method: .post, path: "/classify") { exchange, _ in
                let model = try self.registry.model(named: exchange.query["model"])
                let top = exchange.query["top"].map { Int($0) } ?? 5
                guard let top, top >= 1 else {
                    throw Refusal.invalid("top: expected a number of classes, 1 or more")
                }
                let type = exchange.headers[.contentType] ?? ""
                let images =
                    try Multipart.boundary(of: type).map {
                        try Multipart.images(
                            in: exchange.body, boundary: $0, limit: self.imageLimit)
                    } ?? [EncodedImage(name: "the body", bytes: exchange.body)]
                let logits = try await model.logits(for: images.map(ServedImage.encoded))
                var reply = try Reply(
                    json: Classification(
                        model: model.name,
                        images: logits.map {
                            Classification.Image(
                                predictions: Array(try model.predictions($0).prefix(top)))
                        }))
                reply.imageCount = images.count
                return reply
            }
        ]
    }

    /// What the people who run the server need.
    private var operationRoutes: [Route] {
        [
            Route(method: .get, path: "/metrics") { _, _ in
                let pending = self.registry.models.map { ($0.name, $0.service.pendingCount) }
                return Reply(
                    Array(
                        self.metrics.text(
                            pending: pending, heldByteCount: self.budget.heldByteCount
                        ).utf8), type: "text/plain; version=0.0.4; charset=utf-8")
            }
        ]
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

/// The answer to `POST /classify`.
struct Classification: Codable {
    struct Image: Codable {
        let predictions: [Prediction]
    }

    let model: String
    let images: [Image]
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
        inputs = [
            Tensor(name: ServedTensor.images, datatype: "BYTES", shape: [-1]),
            Tensor(
                name: ServedTensor.input, datatype: "FP32", shape: [-1, channels, height, width]),
            Tensor(
                name: ServedTensor.pixels, datatype: "UINT8", shape: [-1, height, width, channels]),
        ]
        outputs = ServedTensor.outputs.map {
            Tensor(name: $0, datatype: "FP32", shape: [-1, size.classes])
        }
    }

    private enum CodingKeys: CodingKey { case name, versions, platform, inputs, outputs }
}
