// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFiles

/// Reads whole files, within a limit.
package enum FileBytes {
    /// The largest file that is read: the largest known archive is below 200 MB.
    package static let maximumByteCount = 2 << 30

    /// The bytes that the regular file at `path` has when it is opened.
    ///
    /// - Throws: ``DataError`` when it is not there, not a regular file, unreadable or too large.
    package static func read(
        _ path: String, limit: Int = maximumByteCount
    ) throws(DataError) -> NamedBytes<DataError> {
        let file = try OpenFile<DataError>(path)
        guard file.count <= limit else {
            throw DataError(
                .tooLarge, file: path,
                "the file has \(file.count) bytes; at most \(limit) are read")
        }
        return NamedBytes<DataError>(
            name: path, try file.elements(of: UInt8.self, in: 0..<file.count))
    }

    /// Whether `path` is a regular file (or a link to one).
    package static func isRegularFile(_ path: String) -> Bool {
        mode(path).map { $0 & S_IFMT == S_IFREG } ?? false
    }

    /// Whether `path` is a directory (or a link to one).
    package static func isDirectory(_ path: String) -> Bool {
        mode(path).map { $0 & S_IFMT == S_IFDIR } ?? false
    }

    /// The size of a file; nil when there is none.
    package static func byteCount(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }

    /// The error for a refusal of the system.
    package static func failure(_ path: String, _ number: Int32) -> DataError {
        if number == ENOENT || number == ENOTDIR {
            return DataError(.notFound, file: path, "there is no such file")
        }
        return DataError(
            .unreadable, file: path,
            "the file cannot be read (\(String(cString: strerror(number))))")
    }
}
