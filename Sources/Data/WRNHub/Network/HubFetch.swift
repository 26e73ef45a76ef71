// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// Gets a file of a repository, from the cache or from the hub.
struct HubFetch {
    let file: HubFile
    let settings: HubSettings

    /// The file, whole and verified.
    ///
    /// What is in the cache is used as it is. Only a branch or a tag that is named, or nothing in
    /// the cache, is a question for the hub.
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
                "\(file.repository): '\(file.file)' of '\(file.revision ?? HubFile.defaultRevision)' is not in \(cache.directory), and HF_HUB_OFFLINE forbids to fetch it; unset that, or fetch it where there is a network"
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
        // As it is to be written to get the same file again.
        let name = (entry == nil ? "hf:" : "") + file.repository
        return ResolvedWeights(
            path: path, source: "\(name)@\(commit)\(isDefault ? "" : ":" + file.file)",
            digest: digest?.description, entry: entry)
    }
}
