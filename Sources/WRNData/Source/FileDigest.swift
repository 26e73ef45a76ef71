// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// The published digest of a file, in lower-case hexadecimal digits.
///
/// MD5 keeps out accidents and not forgers; it is used for sets that are published with nothing better.
enum FileDigest: Hashable, Sendable, CustomStringConvertible {
    case md5(String)
    case sha256(String)

    /// The digits.
    var digits: String {
        switch self {
        case .md5(let digits), .sha256(let digits): digits
        }
    }

    /// `SHA-256 3aed...`.
    var description: String {
        switch self {
        case .md5(let digits): "MD5 \(digits)"
        case .sha256(let digits): "SHA-256 \(digits)"
        }
    }

    /// Computes a digest of the same kind while bytes come.
    struct Computation {
        private enum State {
            case md5(Insecure.MD5)
            case sha256(SHA256)
        }

        private var state: State

        /// Begins a digest of the kind of `digest`.
        init(like digest: FileDigest) {
            state =
                switch digest {
                case .md5: .md5(Insecure.MD5())
                case .sha256: .sha256(SHA256())
                }
        }

        /// Takes in the next bytes.
        mutating func update(_ data: Data) {
            switch state {
            case .md5(var hash):
                hash.update(data: data)
                state = .md5(hash)
            case .sha256(var hash):
                hash.update(data: data)
                state = .sha256(hash)
            }
        }

        /// The digest of what came so far.
        var digest: FileDigest {
            switch state {
            case .md5(let hash): .md5(Self.digits(hash.finalize()))
            case .sha256(let hash): .sha256(Self.digits(hash.finalize()))
            }
        }

        private static func digits(_ digest: some Sequence<UInt8>) -> String {
            digest.map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
    }
}
