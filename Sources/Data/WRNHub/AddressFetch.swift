// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch
import WRNFiles

/// A download of a file from any address, also one of the hub's with a digest of the user's; a file
/// that is already in its directory is not requested again.
struct AddressFetch {
    let address: RemoteAddress
    /// The directory in which the file is kept.
    let directory: String
    let digest: FileDigest
    let isOffline: Bool
    /// The hub that the address is of, which gets the token; nil for other servers, which do not.
    var hub: HubSettings?

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
        let headers = try hub?.authorization() ?? [:]
        let file = RemoteFile(
            name: address.name, byteCount: try byteCount(headers), digest: digest)
        do throws(DataError) {
            try Download(
                file: file, addresses: [address.directory], directory: directory, headers: headers
            ).run(progress)
        } catch {
            throw HubError(error)
        }
        return path
    }

    private func byteCount(_ headers: [String: String]) throws(HubError) -> Int {
        let answer = try HeadRequest.run(address.text, headers: headers, followsToOthers: true)
        guard answer.status == 200 else { throw refusal(answer, hasToken: !headers.isEmpty) }
        guard let length = answer.header("Content-Length") else {
            throw HubError(
                .unverifiable,
                "\(address.text): the server does not give the file's length (Content-Length), by "
                    + "which what comes is checked; fetch the file by hand, and give its path"
            )
        }
        guard let count = Int(length), (1...HubMetadata.maximumByteCount).contains(count) else {
            throw HubError(
                .unverifiable,
                "\(address.text): the server gives the file's length as '\(length)'; 1 to "
                    + "\(HubMetadata.maximumByteCount) bytes are fetched"
            )
        }
        return count
    }

    /// The error for an answer without the file's length, for the hub as ``HubRefusal`` has it.
    private func refusal(_ answer: HTTPRequest.Head, hasToken: Bool) -> HubError {
        let status = "\(address.text): the server answers \(answer.status)"
        // The answer may be of another server, to which the hub's points.
        let isHub =
            hub.flatMap { URL(string: $0.endpoint) }
            .map { Redirection.isSameServer($0, answer.url) } ?? false
        switch answer.status {
        case 403 where isHub:
            return HubError(
                .accessDenied,
                status
                    + (hasToken
                        ? ": the token's account may not read it; accept the terms on the "
                            + "repository's page, or use another token (HF_TOKEN)"
                        : ": it is not for everybody; accept the terms on the repository's page, "
                            + "and set HF_TOKEN to a token of your account")
            )
        case 401 where isHub:
            return HubError(
                hasToken ? .accessDenied : .notFound,
                status + ": there is no such public file, "
                    + (hasToken
                        ? "or the token may not read it; check the address and HF_TOKEN"
                        : "or it is private; check the address, or set HF_TOKEN")
            )
        case 401, 403:
            return HubError(
                .accessDenied,
                status + ": the file is not for everybody, and only the hub gets a token; fetch it "
                    + "by hand, and give its path")
        default:
            return HubError(
                answer.status == 404 ? .notFound : .downloadFailed,
                status + " instead of the file's length; check the address")
        }
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
