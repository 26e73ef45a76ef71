// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNFetch
import WRNFiles

/// A download of a file of a repository, from the cache or from the hub.
struct HubFetch {
    let file: HubFile
    let settings: HubSettings

    /// The file, whole and verified.
    ///
    /// A file in the cache is used as it is. A request is made only when the reference names a
    /// branch or a tag, or the cache lacks the file.
    func run(
        _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(HubError) -> ResolvedWeights {
        let cache = HubCache(file, settings: settings)
        if file.revision == nil || file.isExact || settings.isOffline {
            if let commit = cache.commit(of: file.revision ?? HubFile.defaultRevision),
                let stored = cache.stored(commit)
            {
                try stored.digest?.verify(stored.path)
                return resolved(stored.path, commit, stored.digest)
            }
        }
        guard !settings.isOffline else {
            throw HubError(
                .offline,
                "\(file.repository): '\(file.file)' of "
                    + "'\(file.revision ?? HubFile.defaultRevision)' is not in \(cache.directory), "
                    + "and HF_HUB_OFFLINE forbids to fetch it; unset that, or fetch it where there "
                    + "is a network"
            )
        }
        let metadata = try HubMetadata(file, settings: settings)
        if cache.byteCount(ofBlob: metadata.etag) != nil {
            try metadata.digest.verify(cache.blobs + "/" + metadata.etag)
        } else {
            try download(metadata, to: cache, progress)
        }
        try cache.place(metadata.etag, at: metadata.commit)
        return resolved(cache.snapshot(metadata.commit), metadata.commit, metadata.digest)
    }

    private func download(
        _ metadata: HubMetadata, to cache: HubCache,
        _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(HubError) {
        let remote = RemoteFile(
            name: file.file, byteCount: metadata.byteCount, digest: metadata.digest)
        let download = Download(
            file: remote,
            addresses: ["\(settings.endpoint)/\(file.repository)/resolve/\(metadata.commit)/"],
            directory: cache.blobs, storedName: metadata.etag, partSuffix: HubCache.partSuffix,
            headers: try settings.authorization())
        do throws(DataError) {
            try download.run(progress)
        } catch {
            cache.removeEmptyDirectories()
            throw HubError(error)
        }
    }

    private func resolved(
        _ path: String, _ commit: String, _ digest: FileDigest?
    ) -> ResolvedWeights {
        let isDefault = file.file == HubFile.defaultFile
        let entry = PretrainedWeights.known(file.repository)
        // The reference that leads to the same file again.
        let name = (entry == nil ? "hf:" : "") + file.repository
        return ResolvedWeights(
            path: path, source: "\(name)@\(commit)\(isDefault ? "" : ":" + file.file)",
            digest: digest?.description, entry: entry)
    }
}

/// The hub's metadata of a file: its commit, its length, and its digest.
struct HubMetadata: Hashable, Sendable {
    /// The largest file that is fetched, in bytes.
    static let maximumByteCount = 64 << 30

    /// The commit that the revision means now.
    let commit: String
    /// The file's name in the cache: its SHA-256, or git's SHA-1 for small files.
    let etag: String
    let byteCount: Int
    let digest: FileDigest

    /// Requests the metadata from the hub.
    ///
    /// - Throws: ``HubError`` for what it refuses or does not have, and when its answer does not
    ///   contain what is needed to verify the file.
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
                "\(address): the server does not say of which commit the file is (X-Repo-Commit), "
                    + "so it is no hub; check HF_ENDPOINT"
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
                "\(address): the server gives the file's length as '\(length ?? "")'; 0 to "
                    + "\(Self.maximumByteCount) bytes are fetched"
            )
        }
        self.byteCount = byteCount
        etag = Self.plain(answer.header("X-Linked-Etag") ?? answer.header("ETag") ?? "")
        guard let digest = Self.digest(etag, byteCount: byteCount) else {
            throw HubError(
                .unverifiable,
                "\(address): the server names the file '\(etag)', which is neither a SHA-256 nor "
                    + "git's SHA-1, so that what it sends could not be verified; check HF_ENDPOINT"
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

/// The reason why the hub refuses a file.
struct HubRefusal {
    /// The error with the reason and what to do.
    let error: HubError

    init(
        _ answer: HTTPRequest.Head, _ file: HubFile, _ settings: HubSettings, hasToken: Bool
    ) {
        let page = "\(settings.endpoint)/\(file.repository)"
        let status = "\(page): the hub answers \(answer.status): "
        switch (answer.status, answer.header("X-Error-Code")) {
        case (404, "RevisionNotFound"), (404, "EntryNotFound"):
            let revision = file.revision ?? HubFile.defaultRevision
            error = HubError(
                .notFound,
                answer.header("X-Error-Code") == "EntryNotFound"
                    ? status + "there is no file '\(file.file)' in the revision '\(revision)'"
                    : status + "there is no revision '\(revision)'")
        case (403, _), (_, "GatedRepo"):
            error = HubError(
                .accessDenied,
                status
                    + (hasToken
                        ? "the token's account may not read it; accept the terms on that page, or "
                            + "use another token (HF_TOKEN)"
                        : "it is not for everybody; accept the terms on that page, and set "
                            + "HF_TOKEN to a token of your account")
            )
        case (401, _), (404, _):
            // Without a token the hub does not reveal whether a private repository exists.
            let advice =
                hasToken
                ? "or the token may not read it; check the name and HF_TOKEN"
                : "or it is private; check the name, or set HF_TOKEN"
            error = HubError(
                answer.status == 401 && hasToken ? .accessDenied : .notFound,
                status
                    + "neither is there a file '\(file.repository)' on this machine, nor such a "
                    + "public repository, \(advice); the nearest known weights are "
                    + "\(PretrainedWeights.nearest(to: file.repository).joined(separator: ", "))"
            )
        default:
            error = HubError(.downloadFailed, status + "it failed; try again later")
        }
    }
}
