// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import WRNFiles
import WRNInference
import WRNModel

@testable import WRNServing

/// The page as it is served; `Scripts/check-serving-page` uses it in a browser.
@Suite("The page of the server")
struct ServedPageTests {
    private static func server(tokens: String? = nil) throws -> ModelServer {
        var options = ModelServer.Options.patient
        options.tokens = tokens
        return try ModelServer(
            models: [
                (name: "first", load: { try PreparedModel(contentsOf: .bundled) }),
                (name: "second", load: { try PreparedModel(contentsOf: .bundled) }),
            ], options: options)
    }

    private static func reply(
        _ path: String, _ method: HTTPRequest.Method = .get, tokens: String? = nil
    ) async throws -> Reply {
        try await server(tokens: tokens).reply(to: Exchange(method, path)).1
    }

    /// The text between two others.
    private static func part(_ text: String, from start: String, to end: String) throws -> String {
        let first = try #require(text.range(of: start))
        let last = try #require(text.range(of: end, range: first.upperBound..<text.endIndex))
        return String(text[first.upperBound..<last.lowerBound])
    }

    @Test("the policy permits the page's own style and script by their digests, and nothing else")
    func policy() async throws {
        let reply = try await Self.reply("/")
        #expect(reply.headers[.contentType] == "text/html; charset=utf-8")
        #expect(reply.headers[.xContentTypeOptions] == "nosniff")
        let policy = try #require(reply.headers[.contentSecurityPolicy])
        let html = String(decoding: reply.body, as: UTF8.self)
        for (name, kind) in [("style", "style-src"), ("script", "script-src")] {
            let text = try Self.part(html, from: "<\(name)>", to: "</\(name)>")
            let digits = FileDigest.sha256(of: Array(text.utf8))
            let bytes = stride(from: 0, to: 64, by: 2).compactMap {
                UInt8(digits.dropFirst($0).prefix(2), radix: 16)
            }
            #expect(
                policy.contains("\(kind) 'sha256-\(Data(bytes).base64EncodedString())';"))
        }
        #expect(policy.hasPrefix("default-src 'none';"))
        #expect(policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("*") && !policy.contains("http"))
        #expect(!html.contains("{{") && !html.contains("://") && !html.contains(" style="))
    }

    @Test("the page, its icon and the description of the API need no token, also as HEAD")
    func withoutToken() async throws {
        for path in ["/", "/icon.svg", "/openapi.json"] {
            let whole = try await Self.reply(path, tokens: "secret")
            #expect(whole.status == .ok && whole.body.count > 100)
            let head = try await Self.reply(path, .head, tokens: "secret")
            #expect(head.status == .ok && head.body.isEmpty)
            #expect(head.headers[.contentLength] == "\(whole.body.count)")
            #expect(head.headers[.contentType] == whole.headers[.contentType])
        }
        #expect(try await Self.reply("/v2/models", tokens: "secret").status == .unauthorized)
    }

    @Test("the page has a field for a token where the server wants one", arguments: [true, false])
    func tokenField(isNeeded: Bool) async throws {
        let reply = try await Self.reply("/?lang=ko", tokens: isNeeded ? "secret" : nil)
        let html = String(decoding: reply.body, as: UTF8.self)
        #expect(html.contains("<body data-token=\"\(isNeeded)\">"))
        #expect(!html.contains("secret"))
    }

    @Test("the models are listed in their order")
    func models() async throws {
        let reply = try await Self.reply("/v2/models")
        #expect(
            try JSONDecoder().decode([String: [String]].self, from: Data(reply.body))
                == ["models": ["first", "second"]])
    }

    @Test("each text of the page is there in both languages")
    func languages() async throws {
        let html = String(decoding: try await Self.reply("/").body, as: UTF8.self)
        func keys(_ text: String) -> [String] {
            text.matches(of: /\n {6}(\w+):/).map { String($0.1) }
        }
        let english = keys(try Self.part(html, from: "\n    en: {", to: "\n    },"))
        let korean = keys(try Self.part(html, from: "\n    ko: {", to: "\n    },"))
        #expect(english.count > 30)
        #expect(english == korean)
        let used = html.matches(of: /data-text="(\w+)"/).map { String($0.1) }
        #expect(used.count > 15)
        #expect(Set(used).isSubset(of: Set(english)))
    }
}
