// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// What is asked of the next server when one points to another.
package enum Redirection {
    /// How often one request is sent on before the answer is taken as it is.
    package static let maximumCount = 10

    /// What a request says when it goes on; nil to stay with the answer that there is.
    ///
    /// The header `Authorization` is for one server: scheme, host and port. From https nothing
    /// leads to a connection without it.
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
