// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNArchive

/// The identity of a file that a run begins from.
public enum FileIdentity {
    /// The SHA-256 of bytes, in 64 lower-case hexadecimal digits.
    public static func sha256(of bytes: [UInt8]) -> String {
        var digest = FileDigest.Computation(like: .sha256(""))
        digest.update(Data(bytes))
        return digest.digest.digits
    }

    /// The SHA-256 of a file's bytes, in 64 lower-case hexadecimal digits.
    ///
    /// - Throws: ``DataError`` when there is no regular file that can be read.
    public static func sha256(ofFile path: String) throws(DataError) -> String {
        let file = try OpenFile(path)
        var digest = FileDigest.Computation(like: .sha256(""))
        for start in stride(from: 0, to: file.count, by: chunkByteCount) {
            let count = min(chunkByteCount, file.count - start)
            try file.bytes(at: start, count, "the file").withUnsafeBytes { digest.update($0) }
        }
        return digest.digest.digits
    }

    private static let chunkByteCount = 1 << 20
}
