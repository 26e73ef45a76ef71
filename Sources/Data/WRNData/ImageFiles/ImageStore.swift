// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNArchive

/// Where labelled image files are kept: a directory, or an archive that is read in place.
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

    /// What messages call it.
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

    /// What messages call a file or a folder in it.
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

    /// What lies in a folder.
    func contents(of folder: String) throws(DataError) -> FolderContents {
        switch self {
        case .directory: try Directory.contents(of: fullName(folder))
        case .zip(_, let tree), .tar(_, let tree): tree.contents(of: folder)
        }
    }

    /// What tells a directory from all others; nil in an archive, where nothing leads back.
    func identity(of folder: String) -> Directory.Identity? {
        guard case .directory = self else { return nil }
        return Directory.identity(of: fullName(folder))
    }

    /// The size of a file, as the directory or the archive gives it; nil when it is not there any more.
    func byteCount(of path: String, entry: Int) -> Int? {
        switch self {
        case .directory: FileBytes.byteCount(fullName(path))
        case .zip(let archive, _): archive.entries[entry].byteCount
        case .tar(let index, _): index.entries[entry].byteCount
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read, is damaged in its archive, or above `limit`.
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

    /// The first bytes of a file, enough to tell its format.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read, or is damaged at its beginning.
    func prefix(of path: String, entry: Int) throws(DataError) -> [UInt8] {
        let count = FileSignature.byteCount
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
