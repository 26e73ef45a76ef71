// SPDX-License-Identifier: Apache-2.0

package import Foundation

#if canImport(FoundationNetworking)
    package import FoundationNetworking
#endif

/// What is asked of the next server when one points to another.
package enum Redirection {
    /// How often one request is sent on before the answer is taken as it is.
    package static let maximumCount = 10

    /// The request to go on with; nil to stay with the answer that there is.
    ///
    /// The header `Authorization` is for one server: scheme, host and port. From https nothing leads to a connection without it.
    package static func request(
        _ request: URLRequest, after response: HTTPURLResponse
    ) -> URLRequest? {
        guard let old = response.url, let new = request.url else { return nil }
        guard old.scheme?.lowercased() != "https" || new.scheme?.lowercased() == "https" else {
            return nil
        }
        guard !isSameServer(old, new) else { return request }
        var request = request
        request.setValue(nil, forHTTPHeaderField: "Authorization")
        return request
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
