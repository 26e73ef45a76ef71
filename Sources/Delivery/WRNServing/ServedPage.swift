// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import WRNFiles

/// The page at `/`, where people classify pictures: one document with its style and its script.
///
/// The policy in its header permits this style and this script by their digests, and requests to
/// this server; nothing else is loaded or run.
enum ServedPage {
    /// The page.
    ///
    /// - Parameter needsToken: Whether the server answers only with a token, for which the page
    ///   then has a field.
    static func document(needsToken: Bool) -> Reply {
        var reply = Reply(
            Array(html.replacing("{{token}}", with: "\(needsToken)").utf8),
            type: "text/html; charset=utf-8")
        reply.headers[.contentSecurityPolicy] = policy
        reply.headers[.referrerPolicy] = "no-referrer"
        reply.headers[.permissionsPolicy] = "camera=(self), geolocation=(), microphone=()"
        reply.headers[.cacheControl] = "no-cache"
        return reply
    }

    /// The icon in the browser's tab.
    static var icon: Reply {
        var reply = Reply(PackageResources.icon_svg, type: "image/svg+xml")
        reply.headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'none'"
        reply.headers[.cacheControl] = "max-age=3600"
        return reply
    }

    private static let style = text(PackageResources.page_css)
    private static let script = text(PackageResources.page_js)
    private static let html = text(PackageResources.page_html)
        .replacing("{{style}}", with: style).replacing("{{script}}", with: script)

    private static let policy = [
        "default-src 'none'", "script-src \(digest(of: script))", "style-src \(digest(of: style))",
        "img-src 'self'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
        "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    ].joined(separator: "; ")

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// The source of a policy that permits exactly this text.
    private static func digest(of text: String) -> String {
        let digits = Array(FileDigest.sha256(of: Array(text.utf8)).utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        return "'sha256-\(Data(bytes).base64EncodedString())'"
    }
}

extension HTTPField.Name {
    /// What a browser may do for a page, such as use the camera.
    fileprivate static let permissionsPolicy = Self("Permissions-Policy") ?? .range
    /// Which addresses a browser names as the origin of a request.
    fileprivate static let referrerPolicy = Self("Referrer-Policy") ?? .range
}
