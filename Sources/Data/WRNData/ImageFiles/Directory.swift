// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNText

/// Reads directories of the file system; links are followed.
enum Directory {
    /// Which directory a path leads to, whatever the path.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let number: UInt64
    }

    /// What lies in a directory.
    ///
    /// Links that lead nowhere, sockets and the like are listed with what they are.
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
                    "the name \(quoted(String(decoding: bytes, as: UTF8.self))) in it is not UTF-8; "
                        + "rename it")
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

    /// What a refusal of the system to list a directory means.
    private static func failure(_ path: String, _ number: Int32) -> DataError {
        guard number == EACCES || number == EPERM else { return FileBytes.failure(path, number) }
        return DataError(
            .unreadable, file: path,
            "the folder may not be read (\(String(cString: strerror(number)))); permit it, for example "
                + "with chmod -R u+rX, or leave the folder out")
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
        case other(LeftOut.Reason)
    }

    private static func kind(of entry: UnsafeMutablePointer<dirent>, _ path: String) -> Kind {
        switch Int(entry.pointee.d_type) {
        case Int(DT_REG): return .file
        case Int(DT_DIR): return .folder
        // A call for each file would be slow, and is needed only here.
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
