// SPDX-License-Identifier: Apache-2.0

import Foundation

extension FileDigest {
    private static let chunkByteCount = 1 << 20

    /// The digest of the file at `path`, of the same kind as this one; the file is read piece by piece.
    ///
    /// - Throws: ``DataError`` when the file is not there or unreadable.
    package func computed(of path: String) throws(DataError) -> FileDigest {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileBytes.failure(path, errno) }
        defer { close(descriptor) }
        var computation = Computation(like: self)
        var chunk = Data(count: Self.chunkByteCount)
        while true {
            let count = chunk.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return computation.digest }
            if count > 0 {
                computation.update(count == chunk.count ? chunk : chunk.prefix(count))
            } else if errno != EINTR {
                throw FileBytes.failure(path, errno)
            }
        }
    }
}
