// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNFiles
import WRNText

/// A store of labelled image files: a directory, or an archive that is read in place.
///
/// Several threads may read at once.
enum ImageStore: Sendable {
    case directory(String)
    case zip(ZipArchive, ArchiveTree)
    case tar(TarIndex, ArchiveTree)

    /// The tree of a zip archive.
    static func zip(_ file: OpenFile) throws(DataError) -> ImageStore {
        let archive = try ZipArchive(file)
        var tree = ArchiveTree(name: file.name)
        for folder in archive.folders { tree.add(folder: folder.components) }
        for (index, entry) in archive.entries.enumerated() {
            if entry.isLink {
                tree.add(other: entry.path.components)
            } else {
                tree.add(file: entry.path, entry: index)
            }
        }
        try tree.finish()
        return .zip(archive, tree)
    }

    /// The tree of an uncompressed tar archive.
    static func tar(_ file: OpenFile) throws(DataError) -> ImageStore {
        let index = try TarIndex(file)
        var tree = ArchiveTree(name: file.name)
        for folder in index.folders { tree.add(folder: folder.components) }
        for (number, entry) in index.entries.enumerated() {
            tree.add(file: entry.path, entry: number)
        }
        for other in index.others { tree.add(other: other) }
        try tree.finish()
        return .tar(index, tree)
    }

    /// The store's name in messages.
    var name: String {
        switch self {
        case .directory(let path): path
        case .zip(let archive, _): archive.file.name
        case .tar(let index, _): index.file.name
        }
    }

    /// Whether it is a file.
    var isArchive: Bool {
        if case .directory = self { false } else { true }
    }

    /// The name of a file or a folder of the store in messages.
    func fullName(_ path: String) -> String {
        switch self {
        case _ where path.isEmpty: name
        case .directory(let directory):
            directory.hasSuffix("/") ? directory + path : directory + "/" + path
        case .zip, .tar: "\(name): \(path)"
        }
    }

    /// The path under which a folder in it can be given as a data set of its own.
    func path(to folder: String) -> String {
        folder.isEmpty ? name : name.hasSuffix("/") ? name + folder : name + "/" + folder
    }

    /// The contents of a folder.
    func contents(of folder: String) throws(DataError) -> FolderContents {
        switch self {
        case .directory: try Directory.contents(of: fullName(folder))
        case .zip(_, let tree), .tar(_, let tree): tree.contents(of: folder)
        }
    }

    /// The identity of a directory; nil in an archive, where no link leads back.
    func identity(of folder: String) -> Directory.Identity? {
        guard case .directory = self else { return nil }
        return Directory.identity(of: fullName(folder))
    }

    /// The size of a file, as the directory or the archive gives it; nil when it is not there any
    /// more.
    func byteCount(of path: String, entry: Int) -> Int? {
        switch self {
        case .directory: FileBytes.byteCount(fullName(path))
        case .zip(let archive, _): archive.entries[entry].byteCount
        case .tar(let index, _): index.entries[entry].byteCount
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read, is damaged in its archive, or above
    ///   `limit`.
    func bytes(of path: String, entry: Int, limit: Int) throws(DataError) -> [UInt8] {
        switch self {
        case .directory:
            let file = try OpenFile(fullName(path))
            guard file.count <= limit else {
                throw file.error(
                    .tooLarge, "the file has \(file.count) bytes; at most \(limit) are read")
            }
            return try file.bytes(at: 0, file.count, "the file")
        case .zip(let archive, _): return try archive.bytes(of: entry, limit: limit)
        case .tar(let index, _): return try index.bytes(of: entry, limit: limit)
        }
    }

    /// The first bytes of a file, by default as many as determine its format.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read, or is damaged at its beginning.
    func prefix(
        of path: String, entry: Int, count: Int = FileSignature.byteCount
    ) throws(DataError) -> [UInt8] {
        switch self {
        case .directory:
            let file = try OpenFile(fullName(path))
            return try file.bytes(at: 0, min(count, file.count), "the first bytes")
        case .zip(let archive, _): return try archive.prefix(of: entry, count)
        case .tar(let index, _):
            let entry = index.entries[entry]
            return try index.file.bytes(
                at: entry.offset, min(count, entry.byteCount), "'\(entry.path)'")
        }
    }
}

extension ImageStore {
    /// Opens a directory or an archive; behind an archive's path may stand that of a folder in it,
    /// `photos.zip/dataset`.
    ///
    /// - Throws: ``DataError`` for a path that is neither, and for an archive that is damaged or
    ///   beyond a limit.
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
    /// - Throws: ``DataError`` for a path that is neither, and for an archive that is damaged or
    ///   beyond a limit.
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

    /// The error for a file that is no archive of images, from its first bytes.
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

    /// The advice for an archive of another kind.
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
