// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import WRNImages
import WRNInference
import WRNModel

@testable import WRNServing

/// The description of the API against the routing table and against real answers;
/// `Scripts/check-serving-api` holds it against a validator and a generator of requests.
@Suite("The description of the API")
struct OpenAPITests {
    private static func server(tokens: String? = nil) throws -> ModelServer {
        var options = ModelServer.Options.patient
        options.tokens = tokens
        return try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: options)
    }

    private static func document(_ server: ModelServer) async throws -> JSON {
        let reply = await server.reply(to: Exchange(.get, "/openapi.json")).1
        #expect(reply.headers[.contentType] == "application/json")
        return try JSON(reply.body)
    }

    private static func operations(_ document: JSON) -> [String: JSON] {
        var operations: [String: JSON] = [:]
        for (path, methods) in document["paths"]?.members ?? [:] {
            for (method, operation) in methods.members {
                operations["\(method.uppercased()) \(path)"] = operation
            }
        }
        return operations
    }

    private static func key(_ route: Route) -> String { "\(route.method.rawValue) \(route.path)" }

    @Test("the document has the routes of the table and no other, each under a name of its own")
    func routes() async throws {
        let operations = Self.operations(try await Self.document(Self.server()))
        let routes = ModelServer.routes.map(Self.key)
        #expect(Set(operations.keys) == Set(routes))
        #expect(operations.count == routes.count && routes.count >= 15)
        let names = operations.values.compactMap { $0["operationId"]?.text }
        #expect(Set(names).count == routes.count)
        for (key, operation) in operations {
            let inPath = operation["parameters"]?.items.filter { $0["in"]?.text == "path" }
                .compactMap { $0["name"]?.text }
            #expect(inPath ?? [] == key.matches(of: /{(\w+)}/).map { String($0.1) })
            #expect(operation["summary"]?.text?.hasSuffix(".") == true)
        }
    }

    @Test("operations need a token where their routes do, on a server that has tokens")
    func security() async throws {
        let open = Self.operations(try await Self.document(Self.server()))
        #expect(open.values.allSatisfy { $0["security"] == nil })
        let closed = Self.operations(try await Self.document(Self.server(tokens: "secret")))
        for route in ModelServer.routes {
            let operation = try #require(closed[Self.key(route)])
            #expect((operation["security"] != nil) == route.needsToken)
            #expect((operation["responses", "401"] != nil) == route.needsToken)
        }
    }

    @Test("the parameters of /classify are those that the server reads")
    func parameters() async throws {
        let operations = Self.operations(try await Self.document(Self.server()))
        let names = try #require(operations["POST /classify"]?["parameters"]).items
            .compactMap { $0["name"]?.text }.sorted()
        let reply = try await Self.server().reply(to: Exchange(.post, "/classify?other=1")).1
        #expect(
            try JSON(reply.body)["error"]?.text
                == "there is no parameter \"other\"; expected "
                + names.dropLast().joined(separator: ", ") + " or \(names.last ?? "")")
    }

    @Test("real answers, and refusals, are what the document describes")
    func answers() async throws {
        let server = try Self.server()
        let document = try await Self.document(server)
        let operations = Self.operations(document)
        let picture = PixelImage(
            height: 8, width: 9, channels: 3, pixels: [UInt8](repeating: 40, count: 216))
        let file = try picture.png()
        let base64 = Data(file).base64EncodedString()
        func inference(_ outputs: String) -> [UInt8] {
            Array(
                (#"{"id":"a","inputs":[{"name":"images","datatype":"BYTES","shape":[1],"#
                    + #""data":["\#(base64)"]}]\#(outputs)}"#).utf8)
        }
        let gets = ModelServer.routes.filter { $0.method == .get }.map {
            (
                $0, $0.path.replacing("{model}", with: "m").replacing("{version}", with: "1"),
                [UInt8](), 200
            )
        }
        let classify = try #require(ModelServer.routes.first { $0.path == "/classify" })
        let infers = ModelServer.routes.filter { $0.path.hasSuffix("/infer") }
        let infer = try #require(infers.first)
        let posts: [(Route, String, [UInt8], Int)] = [
            (classify, "/classify?top=2&map=true", file, 200), (classify, "/classify", file, 200),
            (classify, "/classify", [1], 400), (classify, "/classify?model=n", file, 404),
            (infer, "/v2/models/m/infer", inference(""), 200),
            (
                infer, "/v2/models/m/infer",
                inference(
                    #","outputs":[{"name":"logits","parameters":{"classification":2}}]"#), 200
            ), (infer, "/v2/models/m/infer", [1], 400),
            (infer, "/v2/models/n/infer", inference(""), 404),
        ]
        var checked = 0
        for (route, target, body, status) in gets + posts {
            let reply = await server.reply(to: Exchange(route.method, target, body: body)).1
            #expect(reply.status.code == status, "\(target)")
            let answer = try #require(
                operations[Self.key(route)]?["responses", "\(status)", "content"],
                "\(target) \(status)")
            let type = try #require(reply.headers[.contentType]?.split(separator: ";").first)
            let schema = try #require(
                answer[String(type), "schema"], "\(target) has another type")
            guard type == "application/json" else { continue }
            let problem = try JSON(reply.body).problem(schema, in: document, at: "answer")
            #expect(problem == nil, "\(target)")
            checked += 1
        }
        #expect(checked >= 17)
    }

    @Test("the example of a request is answered")
    func example() async throws {
        let document = try await Self.document(Self.server())
        let operation = Self.operations(document)["POST /v2/models/{model}/infer"]
        let example = try #require(
            operation?["requestBody", "content", "application/json", "examples", "image", "value"])
        let file = try #require(example["inputs"]?.items.first?["data"]?.items.first?.text)
        let image = try PixelImage(
            decoding: Array(try #require(Data(base64Encoded: file))), file: "example")
        #expect(image.height == 1 && image.width == 1)
        let schema = try #require(
            operation?["requestBody", "content", "application/json", "schema"])
        #expect(example.problem(schema, in: document, at: "example") == nil)
        let body =
            #"{"inputs":[{"name":"images","datatype":"BYTES","shape":[1],"data":["\#(file)"]}],"#
            + #""outputs":[{"name":"probabilities","parameters":{"classification":3}}]}"#
        let reply = try await Self.server().reply(
            to: Exchange(.post, "/v2/models/m/infer", body: Array(body.utf8))
        ).1
        #expect(reply.status == .ok)
    }

    @Test("the schemas are strict: another member, type or number is found")
    func strictness() async throws {
        let document = try await Self.document(Self.server())
        let schema = try JSON(Array(##"{"$ref":"#/components/schemas/Prediction"}"##.utf8))
        func problem(_ members: String) throws -> String? {
            try JSON(Array("{\(members)}".utf8)).problem(schema, in: document, at: "a")
        }
        #expect(try problem(#""class_index":1,"class_name":"a","probability":0.5"#) == nil)
        for bad in [
            #""class_index":-1,"class_name":"a","probability":0.5"#,
            #""class_index":0.5,"class_name":"a","probability":0.5"#,
            #""class_index":1,"class_name":3,"probability":0.5"#,
            #""class_index":1,"class_name":"a","probability":1.5"#,
            #""class_index":1,"class_name":"a","probability":true"#,
            #""class_index":1,"class_name":"a","probability":0.5,"other":1"#,
            #""class_index":1"#,
        ] {
            #expect(try problem(bad) != nil, "\(bad)")
        }
    }
}

/// A value of JSON whose truths and numbers are distinct.
private enum JSON: Decodable {
    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([String: JSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .truth(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    init(_ bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    subscript(_ keys: String...) -> JSON? {
        keys.reduce(self as JSON?) { value, key in
            if case .object(let members)? = value { members[key] } else { nil }
        }
    }

    var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
    var items: [JSON] { if case .list(let items) = self { items } else { [] } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var isFalse: Bool { if case .truth(false) = self { true } else { false } }

    /// Whether it has a type of JSON Schema.
    func isValue(of type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .truth: type == "boolean"
        case .number(let value):
            type == "number" || type == "integer" && value == value.rounded()
        case .text: type == "string"
        case .list: type == "array"
        case .object: type == "object"
        }
    }

    /// What contradicts a schema, of the part of JSON Schema that the document uses; nil for
    /// nothing.
    func problem(_ schema: JSON, in document: JSON, at place: String) -> String? {
        if let reference = schema["$ref"]?.text {
            let target = reference.split(separator: "/").dropFirst().reduce(document as JSON?) {
                $0?[String($1)]
            }
            return target.map { problem($0, in: document, at: place) } ?? "\(reference) is missing"
        }
        let type = schema["type"]
        let types = type?.text.map { [$0] } ?? type?.items.compactMap(\.text) ?? []
        guard types.isEmpty || types.contains(where: isValue) else {
            return "\(place) is no \(types.joined(separator: " or "))"
        }
        if let number, let minimum = schema["minimum"]?.number, number < minimum {
            return "\(place) is too small"
        }
        if let number, let maximum = schema["maximum"]?.number, number > maximum {
            return "\(place) is too large"
        }
        if let choices = schema["enum"]?.items.compactMap(\.text), !choices.contains(text ?? "") {
            return "\(place) is none of the choices"
        }
        if let items = schema["items"] {
            for (index, item) in self.items.enumerated() {
                if let found = item.problem(items, in: document, at: "\(place)[\(index)]") {
                    return found
                }
            }
        }
        for name in schema["required"]?.items.compactMap(\.text) ?? [] where self[name] == nil {
            return "\(place).\(name) is missing"
        }
        for (name, member) in members {
            if let property = schema["properties", name] {
                if let found = member.problem(property, in: document, at: "\(place).\(name)") {
                    return found
                }
            } else if schema["additionalProperties"]?.isFalse == true {
                return "\(place).\(name) is not described"
            }
        }
        return nil
    }
}
