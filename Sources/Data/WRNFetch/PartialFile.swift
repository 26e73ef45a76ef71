// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file that is being downloaded: the bytes so far are in `NAME.part` beside its path (or with
/// another suffix), which gets the file's name once it is whole and synced.
///
/// The bytes of an interrupted download stay for the next one. Only one download at a time can hold
/// the file.
final class PartialFile {
    private let path: String
    private let partPath: String
    private var descriptor: Int32
    /// The bytes that are there.
    private(set) var byteCount: Int

    private static let chunkByteCount = 1 << 20

    /// Opens the bytes that exist already, or begins without any.
    ///
    /// - Parameter lock: Locks a file without waiting, and returns the system's error number; 0 for
    ///   none.
    /// - Throws: ``DataError`` when the file cannot be written, or when another download holds it.
    init(
        path: String, partSuffix: String = ".part",
        lock: (_ descriptor: Int32) -> Int32 = PartialFile.lock
    ) throws(DataError) {
        self.path = path
        partPath = path + partSuffix
        byteCount = 0
        descriptor = -1
        // The download that held the lock may have renamed the file in the meantime: then this is
        // not the part any more.
        for _ in 0..<100 {
            descriptor = open(
                partPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
            guard descriptor >= 0 else { throw failure("written", errno) }
            // Some network file systems have no locks; downloads there go on without one.
            guard lock(descriptor) != EWOULDBLOCK else {
                Foundation.close(descriptor)
                descriptor = -1
                throw DataError(
                    .unwritable, file: path,
                    "another download is writing this file; wait until it has ended, and try again")
            }
            var (held, named) = (stat(), stat())
            if fstat(descriptor, &held) == 0, stat(partPath, &named) == 0,
                held.st_ino == named.st_ino, held.st_dev == named.st_dev
            {
                byteCount = Int(held.st_size)
                return
            }
            Foundation.close(descriptor)
            descriptor = -1
        }
        throw failure("locked", EAGAIN)
    }

    deinit {
        close()
    }

    /// Locks a file for this process, without waiting.
    private static func lock(_ descriptor: Int32) -> Int32 {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
    }

    /// Closes the file; the bytes so far stay for the next download.
    func close() {
        guard descriptor >= 0 else { return }
        if byteCount == 0 { unlink(partPath) }
        Foundation.close(descriptor)
        descriptor = -1
    }

    /// Removes the bytes so far.
    func clear() throws(DataError) {
        guard descriptor >= 0 else { return }
        guard ftruncate(descriptor, 0) == 0 else { throw failure("cleared", errno) }
        byteCount = 0
    }

    /// Passes the bytes so far to `body`, piece by piece.
    func read(_ body: (UnsafeRawBufferPointer) -> Void) throws(DataError) {
        var offset = 0
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        while offset < byteCount {
            let count = pread(
                descriptor, &chunk, min(chunk.count, byteCount - offset), off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("read", count < 0 ? errno : EIO) }
            chunk[..<count].withUnsafeBytes { body($0) }
            offset += count
        }
    }

    /// Adds bytes at the end.
    func write(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
        guard descriptor >= 0 else { return }
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(byteCount + done))
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw failure("written", errno)
            }
        }
        byteCount += bytes.count
    }

    /// Makes the bytes durable and gives the file its name.
    func commit() throws(DataError) {
        guard fsync(descriptor) == 0 else { throw failure("synced", errno) }
        guard rename(partPath, path) == 0 else { throw failure("renamed into place", errno) }
        Foundation.close(descriptor)
        descriptor = -1
        // The new name itself is durable once its directory is.
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let directory = open(String(path[..<slash]) + "/", O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            Foundation.close(directory)
        }
    }

    private func failure(_ verb: String, _ errorNumber: Int32) -> DataError {
        DataError(
            .unwritable, file: path,
            "the file cannot be \(verb) (\(String(cString: strerror(errorNumber))))")
    }
}
