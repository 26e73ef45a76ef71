// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch
import WRNFiles

/// Gets a file from an address that is not the hub's, once: what is in its directory is not asked
/// for again.
struct AddressFetch {
    let address: RemoteAddress
    /// Where it is kept.
    let directory: String
    let digest: FileDigest
    let isOffline: Bool

    /// The path of the file, whole and verified.
    func run(_ progress: (@Sendable (DownloadProgress) -> Void)?) throws(HubError) -> String {
        let path = directory + "/" + address.name
        if FileManager.default.fileExists(atPath: path) {
            try digest.verify(path)
            return path
        }
        guard !isOffline else {
            throw HubError(
                .offline,
                "\(address.text): '\(address.name)' is not in \(directory), and HF_HUB_OFFLINE forbids to fetch it; unset that, or put the file there by hand"
            )
        }
        let file = RemoteFile(name: address.name, byteCount: try byteCount(), digest: digest)
        do throws(DataError) {
            try Download(file: file, addresses: [address.directory], directory: directory)
                .run(progress)
        } catch {
            throw HubError(error)
        }
        return path
    }

    private func byteCount() throws(HubError) -> Int {
        let answer = try HeadRequest.run(address.text, followsToOthers: true)
        guard answer.status == 200 else {
            throw HubError(
                answer.status == 404 ? .notFound : .downloadFailed,
                "\(address.text): the server answers \(answer.status) instead of the file's length; check the address"
            )
        }
        guard let length = answer.header("Content-Length"), let count = Int(length),
            (1...HubMetadata.maximumByteCount).contains(count)
        else {
            throw HubError(
                .unverifiable,
                "\(address.text): the server gives the file's length as '\(answer.header("Content-Length") ?? "")'; 1 to \(HubMetadata.maximumByteCount) bytes are fetched"
            )
        }
        return count
    }
}
