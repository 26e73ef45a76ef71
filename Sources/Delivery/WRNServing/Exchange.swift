// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import HTTPTypes
import NIOHTTP1
import WRNImages
import WRNInference
import WRNText

/// A request whose body has arrived whole.
package struct Exchange: Sendable {
    /// The method.
    package let method: HTTPRequest.Method
    /// The path without the query.
    package let path: String
    /// The parameters of the query, decoded.
    package let query: [String: String]
    /// A parameter of the query that is there more than once.
    package let repeatedParameter: String?
    /// The header fields.
    package let headers: HTTPFields
    /// The bytes of the body.
    package let body: [UInt8]

    /// Collects the parts of a request.
    package init(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = HTTPFields(),
        body: [UInt8] = []
    ) {
        self.method = method
        self.headers = headers
        self.body = body
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        var (query, repeated): ([String: String], String?) = ([:], nil)
        if parts.count > 1 {
            for pair in parts[1].split(separator: "&") {
                let sides = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = Self.decoded(sides[0])
                if query[name] != nil { repeated = name }
                query[name] = sides.count > 1 ? Self.decoded(sides[1]) : ""
            }
        }
        self.query = query
        repeatedParameter = repeated
    }

    /// A name or a value of a query as forms encode them: a space may be a plus sign.
    private static func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }
}

/// An answer to a request.
package struct Reply: Sendable {
    /// The status.
    package var status: HTTPResponse.Status = .ok
    /// The header fields; the length is added when it is sent.
    package var headers = HTTPFields()
    /// The bytes of the body.
    package var body: [UInt8] = []
    /// The images that were classified, for the log.
    package var imageCount = 0

    /// An answer of bytes.
    package init(_ body: [UInt8], type: String, status: HTTPResponse.Status = .ok) {
        self.body = body
        self.status = status
        headers[.contentType] = type
        // Nothing that a client has sent is taken for a page or a script.
        headers[.xContentTypeOptions] = "nosniff"
    }

    /// An answer in JSON with its keys in order, by default named as `wrn predict --json` does.
    package init(
        json value: some Encodable, status: HTTPResponse.Status = .ok,
        keys: JSONEncoder.KeyEncodingStrategy = .convertToSnakeCase
    ) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = keys
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.init(Array(try encoder.encode(value)), type: "application/json", status: status)
    }

    /// The refusal of a request: `{"error": ...}`.
    package init(_ refusal: Refusal) {
        let text = (try? JSONEncoder().encode(["error": refusal.sentence])) ?? Data("{}".utf8)
        self.init(Array(text), type: "application/json", status: refusal.status)
        if let seconds = refusal.retryAfter { headers[.retryAfter] = "\(seconds)" }
        if refusal.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        if let allowed = refusal.allowed { headers[.allow] = allowed }
    }
}

extension Reply {
    /// What is sent of the answer: for a HEAD, whatever the status, the length of the body and no
    /// body (RFC 9110, 9.3.2), which a client would take for the next answer.
    func sent(to method: HTTPRequest.Method) -> Reply {
        guard method == .head else { return self }
        var head = self
        head.headers[.contentLength] = "\(body.count)"
        head.body = []
        return head
    }
}

extension HTTPField.Name {
    /// The field with the length of the JSON before binary tensors.
    package static let inferenceHeaderLength = Self("Inference-Header-Content-Length") ?? .range
}

/// The refusal of a request: its status and one sentence.
package struct Refusal: Error, Hashable, Sendable {
    /// The status.
    package let status: HTTPResponse.Status
    /// The kind of failure, a label of the metrics.
    package let kind: String
    /// One sentence: what, expected, found.
    package let sentence: String
    /// The seconds after which a client may try again.
    package var retryAfter: Int?
    /// The methods that the path accepts, for status 405.
    package var allowed: String?

    /// Describes a refusal.
    package init(_ status: HTTPResponse.Status, _ kind: String, _ sentence: String) {
        self.status = status
        self.kind = kind
        self.sentence = sentence
    }

    /// A request that cannot be understood.
    package static func invalid(_ sentence: String) -> Refusal {
        Refusal(.badRequest, "invalid", sentence)
    }

    /// The queue or the memory for bodies is full.
    package static func overloaded(_ sentence: String) -> Refusal {
        var refusal = Refusal(.serviceUnavailable, "overloaded", sentence)
        refusal.retryAfter = 1
        return refusal
    }

    /// The refusal that follows from an error; its sentence names no path of this machine.
    package init(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal
        case let error as ImageError:
            self.init(
                error.code == .tooLarge ? .contentTooLarge : .badRequest, "image", error.message)
        case InferenceError.overloaded(let limit):
            self = .overloaded(
                "\(limit) images are accepted and not answered yet, the limit of this server; "
                    + "try again later")
        case InferenceError.notFinite, InferenceError.notFiniteFile:
            self.init(
                .internalServerError, "internal",
                "the network's answer is not finite; the weights of this model are damaged, or the "
                    + "normalisation of its images does not suit them")
        case InferenceError.noActivationMap:
            self.init(
                .unprocessableContent, "noMap",
                "this model has no maps, as its network does not end in the mean over positions and "
                    + "a linear layer; ask without map=true")
        case InferenceError.noPositions:
            self.init(
                .unprocessableContent, "noMap",
                "this model has no maps, as its last features have one position; ask without "
                    + "map=true")
        case InferenceError.noSuchClass, InferenceError.ambiguousName:
            self.init(.badRequest, "invalid", "\(error)")
        case is CancellationError:
            // The client is not there to read it; the number is the one that nginx logs.
            self.init(
                HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"), "cancelled",
                "the client left before the answer")
        case is HTTPParserError:
            self.init(.badRequest, "invalid", "the body broke off, or is not HTTP/1.1")
        default:
            self.init(.internalServerError, "internal", "the request failed inside the server")
        }
    }
}
