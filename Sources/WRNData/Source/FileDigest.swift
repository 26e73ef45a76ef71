// SPDX-License-Identifier: Apache-2.0

import Crypto
package import Foundation

/// The published digest of a file, in lower-case hexadecimal digits.
///
/// MD5 and SHA-1 keep out accidents and not forgers; they are used for files that are published with nothing better.
package enum FileDigest: Hashable, Sendable, CustomStringConvertible {
    case md5(String)
    case sha256(String)
    /// The first digits of a SHA-256, none to take whatever comes; as many names of PyTorch's files have eight.
    case sha256Prefix(String)
    /// What git calls a file of `byteCount` bytes: the SHA-1 of the word `blob`, that number, a zero byte and the file.
    case gitBlob(String, byteCount: Int)

    /// The digits.
    package var digits: String {
        switch self {
        case .md5(let digits), .sha256(let digits), .sha256Prefix(let digits),
            .gitBlob(let digits, _):
            digits
        }
    }

    /// `SHA-256 3aed...`.
    package var description: String {
        switch self {
        case .md5(let digits): "MD5 \(digits)"
        case .sha256(let digits): "SHA-256 \(digits)"
        case .sha256Prefix(let digits): "SHA-256 \(digits)..."
        case .gitBlob(let digits, _): "git SHA-1 \(digits)"
        }
    }

    /// Whether nothing is known of the file.
    var acceptsAll: Bool { self == .sha256Prefix("") }

    /// Whether a file with the digest `computed` is the one that was published.
    package func accepts(_ computed: FileDigest) -> Bool {
        if case (.sha256Prefix(let prefix), .sha256(let digits)) = (self, computed) {
            return digits.hasPrefix(prefix)
        }
        return self == computed
    }

    /// Computes a digest of the same kind while bytes come.
    package struct Computation {
        private enum State {
            case md5(Insecure.MD5)
            case sha256(SHA256)
            case gitBlob(Insecure.SHA1, byteCount: Int)
        }

        private var state: State

        /// Begins a digest of the kind of `digest`.
        package init(like digest: FileDigest) {
            switch digest {
            case .md5: state = .md5(Insecure.MD5())
            case .sha256, .sha256Prefix: state = .sha256(SHA256())
            case .gitBlob(_, let byteCount):
                var hash = Insecure.SHA1()
                hash.update(data: Data("blob \(byteCount)\0".utf8))
                state = .gitBlob(hash, byteCount: byteCount)
            }
        }

        /// Takes in the next bytes.
        package mutating func update(_ data: Data) {
            switch state {
            case .md5(var hash):
                hash.update(data: data)
                state = .md5(hash)
            case .sha256(var hash):
                hash.update(data: data)
                state = .sha256(hash)
            case .gitBlob(var hash, let byteCount):
                hash.update(data: data)
                state = .gitBlob(hash, byteCount: byteCount)
            }
        }

        /// The digest of what came so far.
        package var digest: FileDigest {
            switch state {
            case .md5(let hash): .md5(Self.digits(hash.finalize()))
            case .sha256(let hash): .sha256(Self.digits(hash.finalize()))
            case .gitBlob(let hash, let byteCount):
                .gitBlob(Self.digits(hash.finalize()), byteCount: byteCount)
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
