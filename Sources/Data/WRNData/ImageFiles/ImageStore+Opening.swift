// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNArchive
import WRNText

extension ImageStore {
    /// Opens a directory or an archive; behind an archive's path may stand that of a folder in it, `photos.zip/dataset`.
    ///
    /// - Throws: ``DataError`` for a path that is neither, and for an archive that is damaged or beyond a limit.
    static func locate(_ path: String) throws(DataError) -> (store: ImageStore, folder: String) {
        guard !FileBytes.isDirectory(path), !FileBytes.isRegularFile(path),
            let (archive, folder) = inner(path)
        else { return (try Self.open(path), "") }
        let store = try Self.open(archive)
        switch store {
        case .zip(_, let tree) where tree.contains(folder: folder),
            .tar(_, let tree) where tree.contains(folder: folder):
            return (store, folder)
        default:
            throw DataError(
                .notFound, file: archive, "there is no folder '\(printable(folder))' in the archive"
            )
        }
    }

    /// Whether there is a directory, a file, or a file on the way to what would be a folder in it.
    static func mayBe(_ path: String) -> Bool {
        FileBytes.isDirectory(path) || FileBytes.isRegularFile(path) || inner(path) != nil
    }

    /// The file on the way to a path, and the rest; nil where there is none.
    private static func inner(_ path: String) -> (archive: String, folder: String)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for count in stride(from: parts.count - 1, to: 0, by: -1) {
            let archive = parts.prefix(count).joined(separator: "/")
            guard !archive.isEmpty, FileBytes.isRegularFile(archive) else { continue }
            return (archive, parts.dropFirst(count).filter { !$0.isEmpty }.joined(separator: "/"))
        }
        return nil
    }

    /// Opens a directory or an archive.
    ///
    /// - Throws: ``DataError`` for a path that is neither, and for an archive that is damaged or beyond a limit.
    static func open(_ path: String) throws(DataError) -> ImageStore {
        if FileBytes.isDirectory(path) { return .directory(path) }
        let file = try OpenFile(path)
        if ZipDirectory.isZip(file) { return try .zip(file) }
        if TarIndex.isTar(file) { return try .tar(file) }
        let start = try file.bytes(
            at: 0, min(file.count, FileSignature.byteCount), "the first bytes")
        if FileSignature(of: start) == .gzip {
            let unpacked = OpenFile(try Gzip.unpack(FileBytes.read(path)))
            if TarIndex.isTar(unpacked) { return try .tar(unpacked) }
        }
        throw otherFile(path, start)
    }

    /// What is wrong with a file that is no archive of images, from its first bytes.
    static func otherFile(_ path: String, _ start: some Sequence<UInt8>) -> DataError {
        let start = Array(start.prefix(FileSignature.byteCount))
        let kind = FileSignature(of: start)
        let found =
            start.isEmpty
            ? "an empty file"
            : kind == .gzip
                ? "a gzip file of something else than a tar archive"
                : kind?.name ?? "a file of another kind"
        return DataError(
            .unsupported, file: path,
            "expected a directory with a data set, or a .zip, .tar or .tar.gz of one, found "
                + found
                + advice(kind))
    }

    /// What to do with an archive of another kind.
    private static func advice(_ kind: FileSignature?) -> String {
        switch kind {
        case .bzip2, .xz, .zstandard, .gzip:
            "; unpack it, for example with tar xf, and give the directory"
        case .sevenZip, .rar: "; unpack it, for example with 7z x, and give the directory"
        case .gitLFSPointer: "; run 'git lfs pull' in its repository to get the file"
        case .html, .json, .xml:
            "; it was saved in place of the archive, so get the archive again"
        default: ""
        }
    }
}
