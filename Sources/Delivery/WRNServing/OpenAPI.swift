// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import WRNText

/// A value of JSON, written as a literal.
indirect enum JSONValue: Hashable, Sendable, Encodable {
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([JSONValue])
    case object([String: JSONValue])

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .truth(let value): try container.encode(value)
        case .list(let values): try container.encode(values)
        case .object(let values): try container.encode(values)
        }
    }

    /// A reference to a part of the document's components.
    static func reference(_ place: String) -> JSONValue {
        ["$ref": .text("#/components/\(place)")]
    }

    /// The schema of a name.
    static func schema(_ name: String) -> JSONValue { reference("schemas/\(name)") }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral value: String) { self = .text(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .truth(value) }
    init(arrayLiteral elements: JSONValue...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

/// The description of a route: what it does, takes and answers.
///
/// Every entry of the routing table has one, so that the document at `/openapi.json` and the table
/// cannot differ.
package struct Operation: Sendable {
    /// The name by which generated clients call it, once in the document.
    let name: String
    let summary: String
    /// The group under which it is listed.
    let group: String
    /// The parameters of the query and the header; those of the path follow from it.
    var parameters: [JSONValue] = []
    /// The media types of the body; nil where there is none.
    var body: JSONValue?
    /// The media types of the answer.
    let answer: JSONValue
    /// The header fields of the answer.
    var answerHeaders: JSONValue?
    /// The statuses of refusals, besides that of a missing token and of a late answer.
    var refusals: [Int] = []
}

extension ModelServer {
    /// The OpenAPI document of the routes.
    ///
    /// - Parameter needsToken: Whether requests need one of the server's tokens.
    static func openAPIDocument(needsToken: Bool) -> JSONValue {
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes {
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = description(
                of: route, needsToken: needsToken && route.needsToken)
        }
        var components: [String: JSONValue] = ["schemas": schemas]
        if needsToken {
            components["securitySchemes"] = [
                "token": [
                    "type": "http", "scheme": "bearer",
                    "description": "One of the tokens that the server was started with.",
                ]
            ]
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "wrn-serve", "version": .text(PackageVersion.text),
                "summary": "Classes of images, over HTTP.",
                "description": .text(
                    "Images as they are at /classify; the Open Inference Protocol, version 2, "
                        + "at /v2. Every GET is answered as HEAD, too, without the body. A refusal "
                        + "is an object with one sentence, which names no path of the machine. Requests that "
                        + "are no HTTP, or whose header is too large, have no route and are "
                        + "refused with 400 or 431."),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "tags": [
                ["name": "images", "description": "Images as they are."],
                ["name": "protocol", "description": "The Open Inference Protocol, version 2."],
                ["name": "operation", "description": "The page, the metrics, this description."],
            ],
            "paths": .object(paths.mapValues(JSONValue.object)),
            "components": .object(components),
        ]
    }

    private static func description(of route: Route, needsToken: Bool) -> JSONValue {
        let operation = route.operation
        var answers: [String: JSONValue] = [:]
        var answer: [String: JSONValue] = [
            "description": "The answer.", "content": operation.answer,
        ]
        if let headers = operation.answerHeaders { answer["headers"] = headers }
        answers["200"] = .object(answer)
        for status in operation.refusals + [504] + (needsToken ? [401] : []) {
            answers["\(status)"] = refusal(status)
        }
        var description: [String: JSONValue] = [
            "operationId": .text(operation.name), "summary": .text(operation.summary),
            "tags": [.text(operation.group)], "responses": .object(answers),
        ]
        let parameters =
            route.path.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { pathParameter(String($0.dropFirst().dropLast())) } + operation.parameters
        if !parameters.isEmpty { description["parameters"] = .list(parameters) }
        if let body = operation.body {
            description["requestBody"] = ["required": true, "content": body]
        }
        if needsToken { description["security"] = [["token": []]] }
        return .object(description)
    }

    private static func pathParameter(_ name: String) -> JSONValue {
        name == "version"
            ? [
                "name": "version", "in": "path", "required": true,
                "description": "The version of the model, of which there is one.",
                "schema": ["type": "string", "enum": ["1"]],
            ]
            : [
                "name": .text(name), "in": "path", "required": true,
                "description": "The name of a model; GET /v2/models lists them.",
                "schema": ["type": "string", "minLength": 1],
            ]
    }

    private static func refusal(_ status: Int) -> JSONValue {
        let meanings = [
            400: "The request is not understood, or an image cannot be read.",
            401: "The token is missing, or none of the server's.",
            404: "There is no such model or version.",
            408: "The body did not arrive in time.",
            413: "The body or an image is larger than the server accepts.",
            415: "The body is packed, which this server does not read.",
            417: "Expect has another word than 100-continue.",
            422: "The network reads no image files, or has no class activation maps.",
            500: "The request failed inside the server.",
            503: "The queue or the memory for bodies is full, or the server is ending.",
            504: "The answer took longer than the server's limit.",
        ]
        var answer: [String: JSONValue] = [
            "description": .text(meanings[status] ?? "A refusal."),
            "content": ["application/json": ["schema": .schema("Refusal")]],
        ]
        if status == 503 {
            answer["headers"] = [
                "Retry-After": [
                    "description": "The seconds after which to try again.",
                    "schema": ["type": "integer", "minimum": 1],
                ]
            ]
        }
        if status == 401 {
            answer["headers"] = ["WWW-Authenticate": ["schema": ["type": "string"]]]
        }
        return .object(answer)
    }
}
