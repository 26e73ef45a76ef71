// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNData

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Asks a server about a file without getting it.
///
/// The session calls its delegate on one serial queue, and `run` reads the results only after the session has signalled its end; that order
/// is what makes the mutable state safe.
final class HeadRequest: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How long to wait for the answer.
    private static let idleSeconds: Double = 30

    /// What a server says about a file.
    struct Answer {
        let status: Int
        /// The address that answered.
        let url: URL
        private let response: HTTPURLResponse

        init?(_ response: HTTPURLResponse) {
            guard let url = response.url else { return nil }
            status = response.statusCode
            self.url = url
            self.response = response
        }

        /// Whether the server has the file, or points to another that has.
        var isSuccess: Bool { (200..<400).contains(status) }

        /// A header; nil when it is not there.
        func header(_ name: String) -> String? {
            response.value(forHTTPHeaderField: name)
        }
    }

    /// Whether to follow to another server, or to take the answer that points there.
    private let followsToOthers: Bool
    private let finished = DispatchSemaphore(value: 0)
    private var response: HTTPURLResponse?
    private var networkError: (any Error)?
    private var redirectionCount = 0

    private init(followsToOthers: Bool) {
        self.followsToOthers = followsToOthers
    }

    /// Asks.
    ///
    /// - Throws: ``HubError`` when no server answers; what the answer means is the caller's.
    static func run(
        _ address: String, headers: [String: String] = [:], followsToOthers: Bool
    ) throws(HubError) -> Answer {
        guard let url = URL(string: address) else {
            throw HubError(.invalidReference, "'\(address)' is not an address")
        }
        let request = HeadRequest(followsToOthers: followsToOthers)
        return try request.run(url, headers)
    }

    private func run(_ url: URL, _ headers: [String: String]) throws(HubError) -> Answer {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = Self.idleSeconds
        var request = URLRequest(url: url)
        request.httpMethod = "HEAD"
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        // A packed answer would have another length.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        session.dataTask(with: request).resume()
        finished.wait()
        session.finishTasksAndInvalidate()
        guard let response, let answer = Answer(response) else {
            let reason = networkError?.localizedDescription ?? "it is not HTTP"
            throw HubError(
                .downloadFailed,
                "\(url.absoluteString): the server did not answer (\(reason)); check the network and try again"
            )
        }
        return answer
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        let isSame =
            if let old = response.url, let new = request.url {
                Redirection.isSameServer(old, new)
            } else {
                false
            }
        redirectionCount += 1
        let isFollowed =
            (isSame || followsToOthers) && redirectionCount <= Redirection.maximumCount
        let next = isFollowed ? Redirection.request(request, after: response) : nil
        if next == nil { self.response = response }
        completionHandler(next)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        self.response = self.response ?? (response as? HTTPURLResponse)
        // The head is all that is wanted.
        completionHandler(.cancel)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        networkError = error
        finished.signal()
    }
}
