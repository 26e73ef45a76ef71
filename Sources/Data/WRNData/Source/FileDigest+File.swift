// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNArchive

extension FileDigest {
    private static let chunkByteCount = 1 << 20

    /// The digest of the file at `path`, of the same kind as this one; the file is read piece by piece.
    ///
    /// - Throws: ``DataError`` when the file is not there or unreadable.
    package func computed(of path: String) throws(DataError) -> FileDigest {
        let file = try OpenFile(path)
        var computation = Computation(like: self)
        var start = 0
        while start < file.count {
            let end = min(start + Self.chunkByteCount, file.count)
            computation.update(Data(try file.elements(of: UInt8.self, in: start..<end)))
            start = end
        }
        return computation.digest
    }
}
