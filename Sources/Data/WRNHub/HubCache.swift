// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch
import WRNFiles

/// One repository's directory in the cache that huggingface_hub shares.
///
///     models--timm--wide_resnet50_2.racm_in1k/
///     ├── blobs/<SHA-256, or git's SHA-1>                 the files
///     ├── refs/main                                       a branch's commit at the last request
///     └── snapshots/<commit>/model.safetensors            a relative link to a blob
struct HubCache {
    /// The suffix of a blob whose download is not complete.
    static let partSuffix = ".incomplete"
    private static let maximumReferenceByteCount = 4096

    /// The directory.
    let directory: String
    private let file: HubFile

    init(_ file: HubFile, settings: HubSettings) {
        self.file = file
        directory = "\(settings.hubDirectory)/models--\(file.organization)--\(file.name)"
    }

    /// The directory of the files themselves.
    var blobs: String { directory + "/blobs" }

    /// The file's place in a commit, whether it is there or not.
    func snapshot(_ commit: String) -> String {
        "\(directory)/snapshots/\(commit)/\(file.file)"
    }

    /// The commit that a revision meant at the last request.
    func commit(of revision: String) -> String? {
        if HubFile.isCommit(revision) { return revision }
        guard
            let file = try? FileBytes.read(
                "\(directory)/refs/\(revision)", limit: Self.maximumReferenceByteCount)
        else { return nil }
        let commit = String(decoding: file.bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return HubFile.isCommit(commit) ? commit : nil
    }

    /// The file of a commit and what its bytes must be; nil when it is not there.
    ///
    /// The digest is nil where the cache holds a copy instead of a link to a blob, as without
    /// symbolic links.
    func stored(_ commit: String) -> (path: String, digest: FileDigest?)? {
        let path = snapshot(commit)
        guard let byteCount = Self.byteCount(path) else { return nil }
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
        let name = target?.split(separator: "/").last.map(String.init) ?? ""
        return (path, HubMetadata.digest(name, byteCount: byteCount))
    }

    /// The length of a blob; nil when it is not there.
    func byteCount(ofBlob etag: String) -> Int? { Self.byteCount(blobs + "/" + etag) }

    /// Links a blob into a commit, and records the commit of the revision; neither is written again
    /// when it is already there.
    func place(_ etag: String, at commit: String) throws(HubError) {
        if stored(commit)?.digest?.digits != etag { try link(etag, at: commit) }
        let revision = file.revision ?? HubFile.defaultRevision
        if self.commit(of: revision) != commit { try note(commit, as: revision) }
    }

    private func link(_ etag: String, at commit: String) throws(HubError) {
        let path = snapshot(commit)
        let depth = file.file.split(separator: "/").count - 1
        let target = String(repeating: "../", count: depth + 2) + "blobs/" + etag
        try Self.makeDirectory(of: path)
        // Created beside and renamed, so that the link exists at every moment.
        let link = "\(path).\(UUID().uuidString.prefix(8))"
        guard symlink(target, link) == 0 else { throw Self.failure(link, "made") }
        guard rename(link, path) == 0 else {
            let error = Self.failure(path, "put in its place")
            unlink(link)
            throw error
        }
    }

    private func note(_ commit: String, as revision: String) throws(HubError) {
        let reference = "\(directory)/refs/\(revision)"
        try Self.makeDirectory(of: reference)
        do {
            try Data(commit.utf8).write(to: URL(fileURLWithPath: reference), options: .atomic)
        } catch {
            throw HubError(
                .fileSystem,
                "\(reference): the commit cannot be noted (\(error.localizedDescription))")
        }
    }

    /// Removes the directories that a failed download made and left empty.
    func removeEmptyDirectories() {
        rmdir(blobs)
        rmdir(directory)
    }

    private static func byteCount(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    private static func makeDirectory(of path: String) throws(HubError) {
        let directory = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
        do {
            try FileManager.default.createDirectory(
                atPath: String(directory), withIntermediateDirectories: true)
        } catch {
            throw HubError(
                .fileSystem, "\(directory): it cannot be made (\(error.localizedDescription))")
        }
    }

    private static func failure(_ path: String, _ verb: String) -> HubError {
        HubError(
            .fileSystem,
            "\(path): the link cannot be \(verb) (\(String(cString: strerror(errno))))")
    }
}

extension FileDigest {
    /// Verifies a file of the cache, also one that another program put there.
    ///
    /// - Throws: ``HubError`` when its bytes are not the published ones; the file stays, as another
    ///   program may use it.
    func verify(_ path: String) throws(HubError) {
        let computed: FileDigest
        do throws(DataError) {
            computed = try self.computed(of: OpenFile<DataError>(path))
        } catch {
            throw HubError(error)
        }
        guard accepts(computed) else {
            // What must be removed is the file itself and not a link to it.
            let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            throw HubError(
                .checksumMismatch,
                "\(file): the file in the cache is not the published one: \(computed), expected "
                    + "\(digits); remove it, and it is fetched again"
            )
        }
    }
}
