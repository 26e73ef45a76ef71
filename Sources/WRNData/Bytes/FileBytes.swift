// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import Foundation

/// Reads whole files, within a limit.
enum FileBytes {
    /// The largest file that is read: the largest known archive is below 200 MB.
    static let maximumByteCount = 2 << 30

    private static let chunkByteCount = 1 << 20

    /// The bytes of the regular file at `path`.
    ///
    /// - Throws: ``DataError`` when it is not there, not a regular file, unreadable or too large.
    static func read(_ path: String, limit: Int = maximumByteCount) throws(DataError) -> NamedBytes
    {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DataError(.unreadable, file: path, "this is not a regular file; give one that is")
        }
        guard Int(status.st_size) <= limit else {
            throw DataError(
                .tooLarge, file: path,
                "the file has \(status.st_size) bytes; at most \(limit) are read")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: chunkByteCount, alignment: 16)
        defer { chunk.deallocate() }
        while true {
            let count = Foundation.read(descriptor, chunk.baseAddress, chunkByteCount)
            if count == 0 { return NamedBytes(name: path, bytes) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure(path, errno)
            }
            // The file may grow while it is read; the limit holds all the same.
            guard bytes.count + count <= limit else {
                throw DataError(
                    .tooLarge, file: path, "the file grew beyond \(limit) bytes while it was read")
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        }
    }

    /// Whether `path` is a regular file (or a link to one).
    static func isRegularFile(_ path: String) -> Bool {
        mode(path).map { $0 & S_IFMT == S_IFREG } ?? false
    }

    /// Whether `path` is a directory (or a link to one).
    static func isDirectory(_ path: String) -> Bool {
        mode(path).map { $0 & S_IFMT == S_IFDIR } ?? false
    }

    /// The size of a file; nil when there is none.
    static func byteCount(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }

    /// What a refusal of the system means.
    static func failure(_ path: String, _ number: Int32) -> DataError {
        if number == ENOENT || number == ENOTDIR {
            return DataError(.notFound, file: path, "there is no such file")
        }
        return DataError(
            .unreadable, file: path,
            "the file cannot be read (\(String(cString: strerror(number))))")
    }
}
