// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNFetch
import WRNFiles

/// What the hub says about a file: of which commit it is, how long it is, and what it must be.
struct HubMetadata: Hashable, Sendable {
    /// The longest file that is fetched.
    static let maximumByteCount = 64 << 30

    /// The commit that the revision means now.
    let commit: String
    /// The file's name in the cache: its SHA-256, or git's SHA-1 for small files.
    let etag: String
    let byteCount: Int
    let digest: FileDigest

    /// Asks the hub.
    ///
    /// - Throws: ``HubError`` for what it refuses or does not have, and when its answer does not
    ///   say what is needed to verify the file.
    init(_ file: HubFile, settings: HubSettings) throws(HubError) {
        let headers = try settings.authorization()
        // A branch's name with a slash is one part of the address.
        let revision = (file.revision ?? HubFile.defaultRevision).split(separator: "/")
            .joined(separator: "%2F")
        let address = "\(settings.endpoint)/\(file.repository)/resolve/\(revision)/\(file.file)"
        let answer = try HeadRequest.run(address, headers: headers, followsToOthers: false)
        // A redirect points to another server that has the file.
        guard (200..<400).contains(answer.status) else {
            throw HubRefusal(answer, file, settings, hasToken: !headers.isEmpty).error
        }
        guard let commit = answer.header("X-Repo-Commit"), HubFile.isCommit(commit) else {
            throw HubError(
                .unverifiable,
                "\(address): the server does not say of which commit the file is (X-Repo-Commit), so it is no hub; check HF_ENDPOINT"
            )
        }
        guard !file.isExact || commit == file.revision else {
            throw HubError(
                .unverifiable, "\(address): the server answers for another commit, \(commit)")
        }
        self.commit = commit
        let length =
            answer.header("X-Linked-Size")
            ?? (answer.status < 300 ? answer.header("Content-Length") : nil)
        guard let length, let byteCount = Int(length),
            (0...Self.maximumByteCount).contains(byteCount)
        else {
            throw HubError(
                .unverifiable,
                "\(address): the server gives the file's length as '\(length ?? "")'; 0 to \(Self.maximumByteCount) bytes are fetched"
            )
        }
        self.byteCount = byteCount
        etag = Self.plain(answer.header("X-Linked-Etag") ?? answer.header("ETag") ?? "")
        guard let digest = Self.digest(etag, byteCount: byteCount) else {
            throw HubError(
                .unverifiable,
                "\(address): the server names the file '\(etag)', which is neither a SHA-256 nor git's SHA-1, so that what it sends could not be verified; check HF_ENDPOINT"
            )
        }
        self.digest = digest
    }

    /// The digest that a file's name in the cache is; nil when it is none.
    static func digest(_ name: String, byteCount: Int) -> FileDigest? {
        if HubFile.isHexadecimal(name, count: 64) { return .sha256(name) }
        if HubFile.isHexadecimal(name, count: 40) { return .gitBlob(name, byteCount: byteCount) }
        return nil
    }

    /// The tag without its quotes and without the mark of a weak one.
    private static func plain(_ etag: String) -> String {
        let strong = etag.hasPrefix("W/") ? etag.dropFirst(2) : etag[...]
        return strong.filter { $0 != "\"" }
    }
}
