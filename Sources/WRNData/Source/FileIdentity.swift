// SPDX-License-Identifier: Apache-2.0

import Foundation

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
    /// - Throws: ``DataError`` with the code `unreadable` when the file cannot be read.
    public static func sha256(ofFile path: String) throws(DataError) -> String {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var digest = FileDigest.Computation(like: .sha256(""))
            while let bytes = try file.read(upToCount: 1 << 20), !bytes.isEmpty {
                digest.update(bytes)
            }
            return digest.digest.digits
        } catch {
            throw DataError(.unreadable, file: path, "cannot read the file; make it readable")
        }
    }
}
