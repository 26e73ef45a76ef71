// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFiles

/// A download of one published file into a directory: whole and verified, or not at all.
///
/// The bytes received before a connection broke are kept as `NAME.part`, and the next download
/// continues after them, from the same address or another; the digest of the whole file is checked
/// at the end.
package struct Download {
    let file: RemoteFile
    /// The addresses of directories with the file, tried in this order.
    let addresses: [String]
    /// The directory of the result; created when it does not exist.
    let directory: String
    /// The file's name there.
    let storedName: String
    /// The suffix of that name until the file is whole.
    let partSuffix: String
    /// Further headers of each request; not all of them are repeated to another server
    /// (``Redirection``).
    let headers: [String: String]
    /// How long to wait for servers.
    let limits: HTTPRequest.Limits

    /// Describes a download.
    ///
    /// - Parameter storedName: The file's name in `directory`; nil to keep its own.
    package init(
        file: RemoteFile, addresses: [String], directory: String, storedName: String? = nil,
        partSuffix: String = ".part", headers: [String: String] = [:],
        limits: HTTPRequest.Limits = HTTPRequest.Limits()
    ) {
        self.file = file
        self.addresses = addresses
        self.directory = directory
        self.storedName = storedName ?? file.name
        self.partSuffix = partSuffix
        self.headers = headers
        self.limits = limits
    }

    private var path: String { directory + "/" + storedName }

    /// The advice for a failure of the network.
    private var advice: String {
        storedName == file.name
            ? "check the network and try again, or put \(file.name) into \(directory) by hand"
            : "check the network and try again"
    }

    /// Downloads the file.
    ///
    /// - Throws: the first address's ``DataError`` when none has the right file.
    package func run(_ progress: (@Sendable (DownloadProgress) -> Void)?) throws(DataError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw DataError(
                .unwritable, file: directory,
                "the directory for downloads cannot be made (\(error.localizedDescription))")
        }
        do {
            let output = try PartialFile(path: path, partSuffix: partSuffix)
            defer { output.close() }
            // Another download may have ended between the check for the file and the lock.
            guard !FileBytes.isRegularFile(path) else {
                return try output.clear()
            }
            try getFromAny(into: output, progress)
        } catch {
            // Succeeds only when the directory is empty, as it is when this made it.
            rmdir(directory)
            throw error
        }
    }

    private func getFromAny(
        into output: PartialFile, _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) {
        // Without a digest it would not be detected that two parts are of different files.
        if output.byteCount > file.byteCount || file.digest.acceptsAll { try output.clear() }
        if output.byteCount == file.byteCount,
            file.digest.accepts(try digest(of: output).digest)
        {
            return try output.commit()
        }
        var failure: DataError?
        for address in addresses {
            do {
                return try get(address + file.name, into: output, progress)
            } catch {
                // Another address does not help with a full disk or a read-only directory.
                guard error.code == .downloadFailed || error.code == .checksumMismatch else {
                    throw error
                }
                failure = failure ?? error
            }
        }
        throw failure
            ?? DataError(.downloadFailed, file: file.name, "there is no address to get it from")
    }

    /// Downloads the file from one address: first the missing rest, then the whole file when the
    /// parts do not fit together.
    private func get(
        _ address: String, into output: PartialFile,
        _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) {
        guard let url = URL(string: address) else {
            throw DataError(.downloadFailed, file: address, "this is not an address")
        }
        if output.byteCount >= file.byteCount { try output.clear() }
        while true {
            let begun = output.byteCount
            var transfer = Transfer(
                output: output, file: file, digest: try digest(of: output), limits: limits,
                progress: progress)
            do throws(DataError) {
                try transfer.run(url, headers: headers, advice: advice)
                guard file.digest.accepts(transfer.digest) else {
                    throw DataError(
                        .checksumMismatch, file: address,
                        "the file that came is not the published one: \(transfer.digest), "
                            + "expected \(file.digest.digits); it was thrown away")
                }
                return try output.commit()
            } catch {
                guard error.code == .checksumMismatch else { throw error }
                try output.clear()
                // The part may have been of another file; without one there is nothing else to try.
                guard begun > 0 else { throw error }
            }
        }
    }

    private func digest(of output: PartialFile) throws(DataError) -> FileDigest.Computation {
        var digest = FileDigest.Computation(like: file.digest)
        try output.read { digest.update($0) }
        return digest
    }
}

/// A published file: its name, its length, and its digest.
package struct RemoteFile: Hashable, Sendable {
    /// The file's name below its address.
    package let name: String
    package let byteCount: Int
    /// The published digest of its bytes.
    package let digest: FileDigest

    /// Describes a file.
    package init(name: String, byteCount: Int, digest: FileDigest) {
        self.name = name
        self.byteCount = byteCount
        self.digest = digest
    }
}

/// The progress of a download.
public struct DownloadProgress: Hashable, Sendable {
    /// The file's name.
    public let file: String
    /// The bytes that have arrived.
    public let receivedByteCount: Int
    /// The bytes that the file has.
    public let totalByteCount: Int
}
