// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFetch
import WRNImages
import WRNText

/// Reads directories of the file system; links are followed.
enum Directory {
    /// The identity of a directory, the same for all paths that lead to it.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let number: UInt64
    }

    /// The contents of a directory.
    ///
    /// Dangling links, sockets and the like are listed with their kind.
    ///
    /// - Throws: ``DataError`` when it cannot be read, or for a name that is not UTF-8.
    static func contents(of path: String) throws(DataError) -> FolderContents {
        guard let directory = opendir(path) else { throw failure(path, errno) }
        defer { closedir(directory) }
        var contents = FolderContents()
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw failure(path, errno) }
                break
            }
            let bytes = name(of: entry)
            if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw DataError(
                    .unsupported, file: path,
                    "the name \(quoted(String(decoding: bytes, as: UTF8.self))) in it is not "
                        + "UTF-8; rename it")
            }
            switch kind(of: entry, path + "/" + name) {
            case .file: contents.add(file: name, entry: 0)
            case .folder: contents.add(folder: name)
            case .other(let reason): contents.add(other: name, reason)
            }
        }
        contents.sort()
        return contents
    }

    /// The error for a directory that the system refuses to list.
    private static func failure(_ path: String, _ number: Int32) -> DataError {
        guard number == EACCES || number == EPERM else { return FileBytes.failure(path, number) }
        return DataError(
            .unreadable, file: path,
            "the folder may not be read (\(String(cString: strerror(number)))); permit it, for "
                + "example with chmod -R u+rX, or leave the folder out")
    }

    /// The identity of the directory at a path; nil when there is none.
    static func identity(of path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(
            device: UInt64(truncatingIfNeeded: status.st_dev),
            number: UInt64(truncatingIfNeeded: status.st_ino))
    }

    private enum Kind {
        case file
        case folder
        case other(LeftOut.Reason)
    }

    private static func kind(of entry: UnsafeMutablePointer<dirent>, _ path: String) -> Kind {
        switch Int(entry.pointee.d_type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        // The type is only queried here, because a call for each file would be slow.
        case Int(DT_LNK), Int(DT_UNKNOWN): return kind(of: path)
        default: return .other(.special)
        }
    }

    private static func kind(of path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return .other([ENOENT, ENOTDIR, ELOOP].contains(errno) ? .danglingLink : .unreadable)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other(.special)
        }
    }

    /// The record is only as long as its name, so its declared type must not be copied.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        let start = UnsafeRawPointer(entry) + offset
        let length = strlen(start.assumingMemoryBound(to: CChar.self))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
    }
}

/// The contents of one folder, sorted by name as Python sorts (by Unicode code points).
struct FolderContents: Sendable {
    /// A file, and its number in an archive; 0 in a directory.
    struct File: Sendable {
        let name: String
        let entry: Int
    }

    /// An entry that is neither a file nor a folder: a dangling link, a pipe, a link in an archive.
    struct Other: Sendable {
        let name: String
        let reason: LeftOut.Reason
    }

    private(set) var folders: [String] = []
    private(set) var files: [File] = []
    private(set) var others: [Other] = []

    mutating func add(folder: String) { folders.append(folder) }

    mutating func add(file: String, entry: Int) { files.append(File(name: file, entry: entry)) }

    mutating func add(other: String, _ reason: LeftOut.Reason) {
        others.append(Other(name: other, reason: reason))
    }

    /// Puts all lists in order.
    mutating func sort() {
        folders.sort(by: precedes)
        files.sort { precedes($0.name, $1.name) }
        others.sort { precedes($0.name, $1.name) }
    }

    /// The folders that are searched.
    var openFolders: [String] { folders.filter { EntryKind.skippedFolder($0) == nil } }

    /// Whether there is a file whose name is an image's.
    var hasImages: Bool { files.contains { EntryKind.file($0.name) == .image } }
}

/// Whether a name comes before another in the order of their code points, which is that of their
/// UTF-8 bytes.
///
/// Swift's own order treats two Unicode spellings of one letter as equal; in a file system they are
/// two names.
func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
}

/// A path below a folder; an empty folder is the root.
func joined(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder + "/" + name
}

/// The kind of a file or a folder, judged by its name alone.
enum EntryKind: Equatable {
    /// A file whose name ends like an image's that is read here.
    case image
    /// A file that may be an image: another image format's ending, none, or a number; its first
    /// bytes decide.
    case unsure(ending: String)
    /// A file whose name is not an image's.
    case other(ending: String)
    /// A file or a folder that is never opened, and why.
    case skipped(LeftOut.Reason, String)

    /// Other endings of image files: the rest of torchvision's list, and those of cameras and
    /// browsers.
    private static let endings: Set<String> = [
        "ppm", "bmp", "pgm", "tif", "tiff", "gif", "heic", "heif", "avif", "jxl", "jp2", "jfif",
        "jpe", "jif", "jfi", "pjpeg", "pjp", "j2k", "apng", "svg", "tga", "psd", "raw", "dng",
        "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "pbm", "pnm", "ico", "exr", "hdr", "qoi",
        "dcm", "image", "img",
    ]

    /// Files that operating systems write beside the user's.
    private static let systemFiles: Set<String> = [
        "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", ".ds_store",
        ".directory", ".localized",
    ]

    /// Folders in which programs and devices keep copies and deleted files.
    private static let cacheFolders: Set<String> = [
        "__macosx", "@eadir", ".ipynb_checkpoints", "__pycache__", "#recycle", "@recycle",
        "$recycle.bin", "@__thumb", ".@__thumb", ".thumbnails", ".thumb", "lost+found",
        "system volume information",
    ]

    /// The kind of a file with a name.
    static func file(_ name: String) -> EntryKind {
        let lower = name.lowercased()
        if systemFiles.contains(lower) { return .skipped(.systemFile, lower) }
        if name.hasPrefix("._") { return .skipped(.appleDouble, "") }
        if name.hasPrefix(".") { return .skipped(.hidden, "") }
        guard let dot = lower.lastIndex(of: ".") else { return .unsure(ending: "") }
        let ending = String(lower[lower.index(after: dot)...])
        if ImageFormat.fileNameExtensions.contains(ending) { return .image }
        if endings.contains(ending) || ending.allSatisfy(\.isNumber) {
            return .unsure(ending: ending)
        }
        return .other(ending: ending)
    }

    /// The reason why a folder is not searched; nil for one that is.
    static func skippedFolder(_ name: String) -> (reason: LeftOut.Reason, detail: String)? {
        if cacheFolders.contains(name.lowercased()) { return (.cache, name) }
        return name.hasPrefix(".") ? (.hidden, "") : nil
    }
}
