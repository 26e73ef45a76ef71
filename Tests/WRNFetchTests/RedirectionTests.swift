// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WRNFetch

@Suite("Redirections")
struct RedirectionTests {
    /// The headers for `new` after a redirection from `old`; nil when it is not followed.
    private func follow(_ old: String, to new: String) throws -> [String: String]? {
        Redirection.headers(
            ["Authorization": "Bearer secret", "Range": "bytes=5-"],
            from: try #require(URL(string: old)), to: try #require(URL(string: new)))
    }

    @Test(
        "Only the same scheme, host and port is told who asks; everybody is told which part is wanted"
    )
    func keepsSecret() throws {
        for (old, new, isSame) in [
            ("https://a.org/x", "https://a.org/y", true),
            ("https://a.org/x", "https://A.org:443/y", true),
            ("https://a.org/x", "https://b.a.org/x", false),
            ("https://a.org/x", "https://a.org:8443/x", false),
            ("http://a.org/x", "https://a.org/x", false),
        ] {
            let followed = try follow(old, to: new)
            let headers = try #require(followed)
            #expect(
                headers["Authorization"] == (isSame ? "Bearer secret" : nil), "\(old) \(new)")
            #expect(headers["Range"] == "bytes=5-")
        }
    }

    @Test("Nothing leads from https to a connection without it")
    func staysSecure() throws {
        #expect(try follow("https://a.org/x", to: "http://a.org/x") == nil)
        #expect(try follow("https://a.org/x", to: "ftp://a.org/x") == nil)
    }
}
