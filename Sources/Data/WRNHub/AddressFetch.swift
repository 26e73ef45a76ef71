// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch
import WRNFiles

/// A download of a file from an address that is not the hub's; a file that is already in its
/// directory is not requested again.
struct AddressFetch {
    let address: RemoteAddress
    /// The directory in which the file is kept.
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
                "\(address.text): '\(address.name)' is not in \(directory), and HF_HUB_OFFLINE "
                    + "forbids to fetch it; unset that, or put the file there by hand"
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
                "\(address.text): the server answers \(answer.status) instead of the file's "
                    + "length; check the address"
            )
        }
        guard let length = answer.header("Content-Length"), let count = Int(length),
            (1...HubMetadata.maximumByteCount).contains(count)
        else {
            throw HubError(
                .unverifiable,
                "\(address.text): the server gives the file's length as "
                    + "'\(answer.header("Content-Length") ?? "")'; 1 to "
                    + "\(HubMetadata.maximumByteCount) bytes are fetched"
            )
        }
        return count
    }
}

/// A file that PyTorch publishes, with the first digits of its SHA-256 in its name:
/// `wide_resnet50_2-95faca4d.pth`.
struct TorchCheckpoint {
    /// Where PyTorch publishes them.
    static let officialAddress = "https://download.pytorch.org/models/"
    /// How many digits the names have.
    static let digitCount = 8

    let entry: PretrainedWeights
    let settings: HubSettings
    /// Takes the place of the official address.
    let mirror: String?

    /// The file, whole and verified, where torch.hub keeps it.
    func run(
        _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(HubError) -> ResolvedWeights {
        let name = Self.name(entry)
        let digest = Self.digest(name)
        let address = (mirror ?? Self.officialAddress) + name
        let path = try AddressFetch(
            address: try RemoteAddress(address), directory: settings.torchDirectory,
            digest: digest, isOffline: settings.isOffline
        ).run(progress)
        return ResolvedWeights(
            path: path, source: address, digest: digest.description, entry: entry)
    }

    /// The name of the file.
    static func name(_ entry: PretrainedWeights) -> String {
        String(entry.address.dropFirst(officialAddress.count))
    }

    /// The digits between the last dash and the ending.
    static func digest(_ name: String) -> FileDigest {
        let digits = name.split(separator: "-").last?.prefix(digitCount) ?? ""
        return .sha256Prefix(String(digits))
    }
}

/// An HTTP request for a file's head, without its content.
enum HeadRequest {
    /// Sends the request.
    ///
    /// - Parameter followsToOthers: Whether a redirection to another server is followed, or is the
    ///   answer.
    /// - Throws: ``HubError`` when no server answers; the caller interprets the answer.
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
