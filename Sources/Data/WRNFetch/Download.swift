// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFiles

/// Gets one published file into a directory: whole and verified, or not at all.
///
/// What came before a connection broke is kept as `NAME.part`, and the next download goes on behind
/// it, from the same address or another; the digest of the whole decides in the end.
package struct Download {
    let file: RemoteFile
    /// The directories it may come from, tried in this order.
    let addresses: [String]
    /// Where it goes; created when it is not there.
    let directory: String
    /// What it is called there.
    let storedName: String
    /// What is appended to that name until the file is whole.
    let partSuffix: String
    /// What each request says besides; not all of it is repeated to another server
    /// (``Redirection``).
    let headers: [String: String]
    /// How long to wait for servers.
    let limits: HTTPRequest.Limits

    /// Describes a download.
    ///
    /// - Parameter storedName: What the file is called in `directory`; nil to keep its name.
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

    /// What a person may do when the network fails.
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
            // Another download may have ended between the question for the file and the lock.
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
        // Without a digest nothing would tell that the parts of two files do not belong together.
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
                // A full disk or a read-only directory is no better with another address.
                guard error.code == .downloadFailed || error.code == .checksumMismatch else {
                    throw error
                }
                failure = failure ?? error
            }
        }
        throw failure
            ?? DataError(.downloadFailed, file: file.name, "there is no address to get it from")
    }

    /// Gets the file from one address: what is missing first, and all of it once more when that
    /// does not fit together.
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

/// A published file: what it is called, how long it is, and what it must be.
package struct RemoteFile: Hashable, Sendable {
    /// What it is called below its address.
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

/// How far a download has come.
public struct DownloadProgress: Hashable, Sendable {
    /// The file's name.
    public let file: String
    /// The bytes that have arrived.
    public let receivedByteCount: Int
    /// The bytes that the file has.
    public let totalByteCount: Int
}
