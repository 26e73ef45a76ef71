// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch

/// Asks a server about a file without getting it.
enum HeadRequest {
    /// Asks.
    ///
    /// - Parameter followsToOthers: Whether to follow to another server, or to take the answer that
    ///   points there.
    /// - Throws: ``HubError`` when no server answers; what the answer means is the caller's.
    static func run(
        _ address: String, headers: [String: String] = [:], followsToOthers: Bool,
        limits: HTTPRequest.Limits = HTTPRequest.Limits()
    ) throws(HubError) -> HTTPRequest.Head {
        guard let url = URL(string: address) else {
            throw HubError(.invalidReference, "'\(address)' is not an address")
        }
        do {
            return try HTTPRequest(
                .head, url, headers: headers, limits: limits, followsToOthers: followsToOthers
            ).run()
        } catch {
            let reason = (error as? HTTPRequest.Failure)?.reason ?? "\(error)"
            throw HubError(
                .downloadFailed,
                "\(address): the server did not answer (\(reason)); check the network and try again"
            )
        }
    }
}
