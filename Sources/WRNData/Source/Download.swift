// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// Gets one published file into a directory: whole and verified, or not at all.
struct Download {
    let file: RemoteFile
    /// The directories it may come from, tried in this order.
    let addresses: [String]
    /// Where it goes; created when it is not there.
    let directory: String

    /// Downloads the file.
    ///
    /// - Throws: the first address's ``DataError`` when none has the right file; nothing is left behind then.
    func run(_ progress: (@Sendable (DownloadProgress) -> Void)?) throws(DataError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw DataError(
                .unwritable, file: directory,
                "the directory for downloads cannot be made (\(error.localizedDescription))")
        }
        do {
            try getFromAny(progress)
        } catch {
            // Succeeds only when the directory is empty, as it is when this made it.
            rmdir(directory)
            throw error
        }
    }

    private func getFromAny(
        _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) {
        var failure: DataError?
        for address in addresses {
            do {
                return try get(address + file.name, progress)
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

    private func get(
        _ address: String, _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(DataError) {
        guard let url = URL(string: address) else {
            throw DataError(.downloadFailed, file: address, "this is not an address")
        }
        let output = try AtomicFile(path: directory + "/" + file.name)
        // The session may hold on to its delegate, and the delegate to the file, for a while after its end.
        defer { output.discard() }
        let transfer = Transfer(output: output, file: file, progress: progress)
        try transfer.run(url, placeByHand: directory)
        let found = transfer.sha256
        guard found == file.sha256 else {
            throw DataError(
                .checksumMismatch, file: address,
                "the file that came is not the published one: SHA-256 \(found), "
                    + "expected \(file.sha256); it was thrown away")
        }
        try output.commit()
    }
}
