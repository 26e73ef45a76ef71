// SPDX-License-Identifier: Apache-2.0

import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Receives one file over HTTP, or the rest of it, writing and hashing the bytes as they come.
///
/// The session calls its delegate on one serial queue, and `run` reads the results only after the session has
/// finished and signalled; that order is what makes the mutable state safe.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How long to wait for the next bytes.
    static let idleSeconds: Double = 60

    private let output: PartialFile
    private let file: RemoteFile
    private let progress: (@Sendable (DownloadProgress) -> Void)?
    private let finished = DispatchSemaphore(value: 0)
    private var computation: FileDigest.Computation
    private var complaint: DataError?
    private var networkError: (any Error)?
    private var address = ""
    private var redirectionCount = 0

    /// Goes on behind what is in `output`, whose digest so far is `digest`.
    init(
        output: PartialFile, file: RemoteFile, digest: FileDigest.Computation,
        progress: (@Sendable (DownloadProgress) -> Void)?
    ) {
        self.output = output
        self.file = file
        computation = digest
        self.progress = progress
    }

    /// The digest of all that is there.
    var digest: FileDigest { computation.digest }

    /// Gets the file, and returns when all of it is written.
    ///
    /// - Parameter advice: What a person may do when it fails.
    func run(_ url: URL, headers: [String: String], advice: String) throws(DataError) {
        address = url.absoluteString
        let configuration = URLSessionConfiguration.ephemeral
        // The file itself is the cache; keeping the answer too would only take memory.
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = Self.idleSeconds
        var request = URLRequest(url: url)
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        // A packed answer would have other lengths.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if output.byteCount > 0 {
            request.setValue("bytes=\(output.byteCount)-", forHTTPHeaderField: "Range")
        }
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        session.dataTask(with: request).resume()
        finished.wait()
        session.finishTasksAndInvalidate()
        if let complaint { throw complaint }
        if let networkError {
            throw DataError(
                .downloadFailed, file: address,
                "the download failed after \(output.byteCount) of \(file.byteCount) bytes "
                    + "(\(networkError.localizedDescription)); \(advice)")
        }
        guard output.byteCount >= file.byteCount else {
            throw DataError(
                .downloadFailed, file: address,
                "the download ended after \(output.byteCount) of \(file.byteCount) bytes; \(advice)"
            )
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        redirectionCount += 1
        completionHandler(
            redirectionCount > Redirection.maximumCount
                ? nil : Redirection.request(request, after: response))
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        do throws(DataError) {
            try judge(response)
        } catch {
            complaint = error
        }
        completionHandler(complaint == nil ? .allow : .cancel)
    }

    /// What the answer's head means for what is there already.
    private func judge(_ response: URLResponse) throws(DataError) {
        guard let response = response as? HTTPURLResponse else { return }
        switch response.statusCode {
        case 200:
            // The server does not continue files, and sends all of it.
            try output.clear()
            computation = FileDigest.Computation(like: file.digest)
        case 206 where output.byteCount > 0:
            let range = response.value(forHTTPHeaderField: "Content-Range") ?? ""
            guard range.hasPrefix("bytes \(output.byteCount)-") else {
                throw DataError(
                    .checksumMismatch, file: address,
                    "the server sends the part '\(range)' of the file, "
                        + "not the one from byte \(output.byteCount) on")
            }
        case 416 where output.byteCount > 0:
            throw DataError(
                .checksumMismatch, file: address,
                "the server's file ends before byte \(output.byteCount), so it is another one")
        default:
            throw DataError(
                .downloadFailed, file: address,
                "the server answered with HTTP status \(response.statusCode) instead of the file")
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard complaint == nil else { return }
        do throws(DataError) {
            guard output.byteCount + data.count <= file.byteCount else {
                throw DataError(
                    .checksumMismatch, file: address,
                    "the server sends more than the \(file.byteCount) bytes of the published file; "
                        + "what came was thrown away")
            }
            computation.update(data)
            try output.write(data)
        } catch {
            complaint = error
            return dataTask.cancel()
        }
        progress?(
            DownloadProgress(
                file: file.name, receivedByteCount: output.byteCount,
                totalByteCount: file.byteCount))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        networkError = error
        finished.signal()
    }
}
