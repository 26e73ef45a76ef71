// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Receives one file over HTTP, writing and hashing the bytes as they come.
///
/// The session calls its delegate on one serial queue, and `run` reads the results only after the session has
/// finished and signalled; that order is what makes the mutable state safe.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How long to wait for the next bytes.
    static let idleSeconds: Double = 60

    private let output: AtomicFile
    private let file: RemoteFile
    private let progress: (@Sendable (DownloadProgress) -> Void)?
    private let finished = DispatchSemaphore(value: 0)
    private var digest = SHA256()
    private var receivedByteCount = 0
    private var complaint: DataError?
    private var networkError: (any Error)?
    private var address = ""

    init(
        output: AtomicFile, file: RemoteFile,
        progress: (@Sendable (DownloadProgress) -> Void)?
    ) {
        self.output = output
        self.file = file
        self.progress = progress
    }

    /// The SHA-256 of what came, in hexadecimal digits.
    var sha256: String {
        digest.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// Gets the file, and returns when all of it is written.
    func run(_ url: URL, placeByHand directory: String) throws(DataError) {
        address = url.absoluteString
        let configuration = URLSessionConfiguration.ephemeral
        // The file itself is the cache; keeping the answer too would only take memory.
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = Self.idleSeconds
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        session.dataTask(with: url).resume()
        finished.wait()
        session.finishTasksAndInvalidate()
        if let complaint { throw complaint }
        let advice = "check the network, or put \(file.name) into \(directory) by hand"
        if let networkError {
            throw DataError(
                .downloadFailed, file: address,
                "the download failed after \(receivedByteCount) of \(file.byteCount) bytes "
                    + "(\(networkError.localizedDescription)); \(advice)")
        }
        guard receivedByteCount >= file.byteCount else {
            throw DataError(
                .downloadFailed, file: address,
                "the download ended after \(receivedByteCount) of \(file.byteCount) bytes; \(advice)"
            )
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let status = (response as? HTTPURLResponse)?.statusCode, status != 200 {
            complaint = DataError(
                .downloadFailed, file: address,
                "the server answered with HTTP status \(status) instead of the file")
        }
        completionHandler(complaint == nil ? .allow : .cancel)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        guard complaint == nil else { return }
        receivedByteCount += data.count
        guard receivedByteCount <= file.byteCount else {
            complaint = DataError(
                .checksumMismatch, file: address,
                "the server sends more than the \(file.byteCount) bytes of the published file; "
                    + "what came was thrown away")
            dataTask.cancel()
            return
        }
        digest.update(data: data)
        do {
            try output.write(data)
        } catch {
            complaint = error
            dataTask.cancel()
        }
        progress?(
            DownloadProgress(
                file: file.name, receivedByteCount: receivedByteCount,
                totalByteCount: file.byteCount))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        networkError = error
        finished.signal()
    }
}
