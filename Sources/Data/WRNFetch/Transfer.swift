// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles

/// Receives one file over HTTP, or the rest of it, writing and hashing the bytes as they come.
struct Transfer {
    private let output: PartialFile
    private let file: RemoteFile
    private let limits: HTTPRequest.Limits
    private let progress: (@Sendable (DownloadProgress) -> Void)?
    private var computation: FileDigest.Computation

    /// Goes on behind what is in `output`, whose digest so far is `digest`.
    init(
        output: PartialFile, file: RemoteFile, digest: FileDigest.Computation,
        limits: HTTPRequest.Limits, progress: (@Sendable (DownloadProgress) -> Void)?
    ) {
        self.output = output
        self.file = file
        self.limits = limits
        computation = digest
        self.progress = progress
    }

    /// The digest of all that is there.
    var digest: FileDigest { computation.digest }

    /// Gets the file, and returns when all of it is written.
    ///
    /// - Parameter advice: The advice for a failure.
    mutating func run(
        _ url: URL, headers: [String: String], advice: String
    ) throws(DataError) {
        let address = url.absoluteString
        var headers = headers
        if output.byteCount > 0 { headers["Range"] = "bytes=\(output.byteCount)-" }
        do {
            _ = try HTTPRequest(.get, url, headers: headers, limits: limits).run(
                accept: { try judge($0, address) }, receive: { try take($0, address) })
        } catch let error as DataError {
            throw error
        } catch {
            let reason = (error as? HTTPRequest.Failure)?.reason ?? "\(error)"
            throw DataError(
                .downloadFailed, file: address,
                "the download failed after \(output.byteCount) of \(file.byteCount) bytes "
                    + "(\(reason)); \(advice)"
            )
        }
        guard output.byteCount >= file.byteCount else {
            throw DataError(
                .downloadFailed, file: address,
                "the download ended after \(output.byteCount) of \(file.byteCount) bytes; \(advice)"
            )
        }
    }

    /// Applies the answer's head to the bytes that exist already.
    private mutating func judge(
        _ head: HTTPRequest.Head, _ address: String
    ) throws(DataError) {
        switch head.status {
        case 200:
            // The server does not continue files, and sends all of it.
            try output.clear()
            computation = FileDigest.Computation(like: file.digest)
        case 206 where output.byteCount > 0:
            let range = head.header("Content-Range") ?? ""
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
                "the server answered with HTTP status \(head.status) instead of the file")
        }
    }

    private mutating func take(
        _ bytes: UnsafeRawBufferPointer, _ address: String
    ) throws(DataError) {
        guard bytes.count <= file.byteCount - output.byteCount else {
            throw DataError(
                .checksumMismatch, file: address,
                "the server sends more than the \(file.byteCount) bytes of the published file; "
                    + "what came was thrown away")
        }
        computation.update(bytes)
        try output.write(bytes)
        progress?(
            DownloadProgress(
                file: file.name, receivedByteCount: output.byteCount,
                totalByteCount: file.byteCount))
    }
}
