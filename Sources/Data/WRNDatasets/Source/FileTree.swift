// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import WRNFetch
import WRNFiles

/// Files by their path: those below a directory, or those in a tar archive.
enum FileTree: Sendable {
    case directory(String)
    case archive(TarArchive)

    /// Opens a directory, or a tar archive, gzipped or not.
    static func open(_ path: String) throws(DataError) -> FileTree {
        try unpacking(path).tree
    }

    /// Opens a directory, or a tar archive, and of a gzipped one gives the unpacked bytes, too.
    static func unpacking(
        _ path: String
    ) throws(DataError) -> (tree: FileTree, unpacked: NamedBytes?) {
        if FileBytes.isDirectory(path) { return (.directory(path), nil) }
        let packed = try FileBytes.read(path)
        let bytes = try unpacked(packed)
        guard TarArchive.isTar(bytes.bytes) else {
            throw ImageStore.otherFile(path, packed.bytes)
        }
        let tree = FileTree.archive(try TarArchive(bytes))
        return (tree, Gzip.isGzip(packed.bytes) ? bytes : nil)
    }

    /// The name in messages.
    var name: String {
        switch self {
        case .directory(let path): path
        case .archive(let archive): archive.name
        }
    }

    /// What messages call a file or a folder in it.
    func fullName(_ path: String) -> String {
        switch self {
        case _ where path.isEmpty: name
        case .directory(let directory): directory + "/" + path
        case .archive(let archive): "\(archive.name): \(path)"
        }
    }

    /// Whether there is a regular file of that path.
    func contains(_ path: String) -> Bool {
        switch self {
        case .directory: FileBytes.isRegularFile(fullName(path))
        case .archive(let archive): archive.files[path] != nil
        }
    }

    /// The bytes of a file; those of a gzip file are unpacked.
    func bytes(_ path: String) throws(DataError) -> NamedBytes {
        switch self {
        case .directory:
            return try Self.unpacked(FileBytes.read(fullName(path)))
        case .archive(let archive):
            guard let bytes = archive.files[path] else {
                throw DataError(.notFound, file: name, "there is no '\(path)' in the archive")
            }
            return try Self.unpacked(NamedBytes(name: fullName(path), bytes))
        }
    }

    /// Where a data set's files may be: the root and, of a directory, folders with one of the given
    /// names; of an archive, every folder.
    func folders(among names: [String]) -> [String] {
        switch self {
        case .directory(let path):
            return [""] + names.filter { FileBytes.isDirectory(path + "/" + $0) }
        case .archive(let archive):
            let folders = archive.files.keys.map { path in
                path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            }
            return Set(folders).sorted()
        }
    }

    private static func unpacked(_ bytes: NamedBytes) throws(DataError) -> NamedBytes {
        Gzip.isGzip(bytes.bytes) ? try Gzip.unpack(bytes) : bytes
    }
}
