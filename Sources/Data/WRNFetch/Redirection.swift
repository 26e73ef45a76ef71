// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// The headers of a request after a redirection.
package enum Redirection {
    /// The number of redirections that one request follows.
    package static let maximumCount = 10

    /// The headers of the next request; nil when the redirection is not followed.
    ///
    /// The header `Authorization` is for one server: scheme, host and port. A redirection from
    /// https to http is not followed.
    package static func headers(
        _ headers: [String: String], from old: URL, to new: URL
    ) -> [String: String]? {
        guard let scheme = new.scheme?.lowercased(), ["http", "https"].contains(scheme),
            old.scheme?.lowercased() != "https" || scheme == "https"
        else { return nil }
        return isSameServer(old, new)
            ? headers : headers.filter { $0.key.lowercased() != "authorization" }
    }

    /// Whether two addresses agree in scheme, host and port.
    package static func isSameServer(_ one: URL, _ other: URL) -> Bool {
        one.scheme?.lowercased() == other.scheme?.lowercased()
            && one.host?.lowercased() == other.host?.lowercased() && port(one) == port(other)
    }

    private static func port(_ url: URL) -> Int {
        url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80)
    }
}
