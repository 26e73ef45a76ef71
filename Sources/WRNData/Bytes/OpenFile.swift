// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file whose parts are read where they are needed, by several threads at once; or bytes that are in memory already.
///
/// Each read says where it begins, so that no thread moves another's place.
final class OpenFile: Sendable {
    /// What messages call it.
    let name: String
    /// The number of bytes when it was opened.
    let count: Int

    private enum Storage {
        case descriptor(Int32)
        case memory(ArraySlice<UInt8>)
    }

    private let storage: Storage

    /// Opens a regular file.
    ///
    /// - Throws: ``DataError`` when it is not there, not a regular file, or unreadable.
    init(_ path: String) throws(DataError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileBytes.failure(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DataError(.unreadable, file: path, "this is not a regular file; give one that is")
        }
        name = path
        count = Int(status.st_size)
        storage = .descriptor(descriptor)
    }

    /// Takes bytes that are in memory for a file.
    init(_ source: NamedBytes) {
        name = source.name
        count = source.count
        storage = .memory(source.bytes)
    }

    deinit {
        if case .descriptor(let descriptor) = storage { close(descriptor) }
    }

    /// An error about this file.
    func error(_ code: DataError.Code, at offset: Int? = nil, _ sentence: String) -> DataError {
        DataError(code, file: name, at: offset, sentence)
    }

    /// The `size` bytes from `offset` on; `what` names them in the message when they are not there.
    func bytes(at offset: Int, _ size: Int, _ what: String) throws(DataError) -> [UInt8] {
        guard offset >= 0, size >= 0, offset <= count, size <= count - offset else {
            throw error(
                .truncated, at: max(offset, 0),
                "\(what) needs \(size) bytes, but only \(max(count - offset, 0)) are left; "
                    + "the file was cut off")
        }
        switch storage {
        case .memory(let bytes):
            let start = bytes.startIndex + offset
            return Array(bytes[start..<start + size])
        case .descriptor(let descriptor):
            return try read(descriptor, at: offset, size)
        }
    }

    private func read(_ descriptor: Int32, at offset: Int, _ size: Int) throws(DataError) -> [UInt8]
    {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let rest = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<size])
                let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 || errno != EINTR {
                    failure = got == 0 ? 0 : errno
                    return
                }
            }
        }
        guard failure == 0 else { throw FileBytes.failure(name, failure) }
        guard bytes.count == size else {
            throw error(
                .truncated, at: offset + bytes.count, "the file became shorter while it was read")
        }
        return bytes
    }
}
