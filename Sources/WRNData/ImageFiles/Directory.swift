// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads directories of the file system; links are followed.
enum Directory {
    /// Which directory a path leads to, whatever the path.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let number: UInt64
    }

    /// What lies in a directory.
    ///
    /// Links that lead nowhere, sockets and the like are passed over.
    ///
    /// - Throws: ``DataError`` when it cannot be read, or for a name that is not UTF-8.
    static func contents(of path: String) throws(DataError) -> FolderContents {
        guard let directory = opendir(path) else { throw FileBytes.failure(path, errno) }
        defer { closedir(directory) }
        var contents = FolderContents()
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw FileBytes.failure(path, errno) }
                break
            }
            let bytes = name(of: entry)
            if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                throw DataError(
                    .unsupported, file: path,
                    "the name '\(String(decoding: bytes, as: UTF8.self))' in it is not UTF-8; "
                        + "rename it")
            }
            switch kind(of: entry, path + "/" + name) {
            case .file: contents.add(file: name, entry: 0)
            case .folder: contents.add(folder: name)
            case .other: break
            }
        }
        contents.sort()
        return contents
    }

    /// Which directory a path leads to; nil for none.
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
        case other
    }

    private static func kind(of entry: UnsafeMutablePointer<dirent>, _ path: String) -> Kind {
        switch Int(entry.pointee.d_type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        case Int(DT_LNK), Int(DT_UNKNOWN):
            // Two calls for each file would be slow, and are needed only here.
            if FileBytes.isRegularFile(path) { return .file }
            return FileBytes.isDirectory(path) ? .folder : .other
        default: return .other
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
