// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A file that appears under its name whole and synced, or not at all.
///
/// The bytes go to a file beside it, which is renamed at the end, and removed where no commit comes.
final class AtomicFile {
    private let path: String
    private let temporaryPath: String
    private var descriptor: Int32

    init(path: String) throws(DataError) {
        self.path = path
        temporaryPath = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).part"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            // A failed initialiser still runs `deinit`, which must then have nothing to remove.
            let reason = String(cString: strerror(errno))
            throw DataError(.unwritable, file: path, "the file cannot be written (\(reason))")
        }
    }

    deinit {
        discard()
    }

    /// Removes what was written, unless it was committed.
    func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        unlink(temporaryPath)
    }

    /// Adds bytes at the end.
    func write(_ data: Data) throws(DataError) {
        let errorNumber = data.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count >= 0 {
                    done += count
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard errorNumber == 0 else { throw failure("written", errorNumber) }
    }

    /// Makes the bytes durable and gives the file its name.
    func commit() throws(DataError) {
        guard fsync(descriptor) == 0 else { throw failure("synced", errno) }
        guard rename(temporaryPath, path) == 0 else { throw failure("renamed into place", errno) }
        close(descriptor)
        descriptor = -1
        // The new name itself is durable once its directory is.
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let directory = open(String(path[..<slash]) + "/", O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private func failure(_ verb: String, _ errorNumber: Int32) -> DataError {
        DataError(
            .unwritable, file: path,
            "the file cannot be \(verb) (\(String(cString: strerror(errorNumber))))")
    }
}
