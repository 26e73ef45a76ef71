// SPDX-License-Identifier: Apache-2.0

/// The published digest of a file, in lower-case hexadecimal digits.
///
/// MD5 and SHA-1 keep out accidents and not forgers; they are used for files that are published
/// with nothing better.
package enum FileDigest: Hashable, Sendable, CustomStringConvertible {
    case md5(String)
    case sha256(String)
    /// The first digits of a SHA-256, of which names of PyTorch's files have eight; none accepts
    /// all bytes.
    case sha256Prefix(String)
    /// Git's digest of a file of `byteCount` bytes: the SHA-1 of the word `blob`, that number, a
    /// zero byte and the file.
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
    package var acceptsAll: Bool { self == .sha256Prefix("") }

    /// Whether a file with the digest `computed` is the one that was published.
    package func accepts(_ computed: FileDigest) -> Bool {
        if case (.sha256Prefix(let prefix), .sha256(let digits)) = (self, computed) {
            return digits.hasPrefix(prefix)
        }
        return self == computed
    }

    /// A digest of the same kind, computed piece by piece.
    package struct Computation {
        private let like: FileDigest
        private var hash: MessageDigest

        /// Begins a digest of the kind of `digest`.
        package init(like digest: FileDigest) {
            like = digest
            switch digest {
            case .md5: hash = MessageDigest(.md5)
            case .sha256, .sha256Prefix: hash = MessageDigest(.sha256)
            case .gitBlob(_, let byteCount):
                hash = MessageDigest(.sha1)
                update(Array("blob \(byteCount)\0".utf8))
            }
        }

        /// Takes in the next bytes.
        package mutating func update(_ bytes: [UInt8]) {
            bytes.withUnsafeBytes { hash.update($0) }
        }

        /// Takes in the next bytes.
        package mutating func update(_ bytes: UnsafeRawBufferPointer) {
            hash.update(bytes)
        }

        /// The digest of the bytes so far.
        package var digest: FileDigest {
            // A digest that the system's library cannot compute equals no published digest.
            let digits = hash.bytes.map(Self.digits) ?? "(this system's library computes none)"
            return switch like {
            case .md5: .md5(digits)
            case .sha256, .sha256Prefix: .sha256(digits)
            case .gitBlob(_, let byteCount): .gitBlob(digits, byteCount: byteCount)
            }
        }

        private static func digits(_ bytes: [UInt8]) -> String {
            bytes.map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
    }
}

extension FileDigest {
    /// The number of bytes of a file that are read at a time.
    private static var chunkByteCount: Int { 1 << 20 }

    /// The digest of a file, of the same kind as this one; the file is read piece by piece.
    ///
    /// - Throws: `Failure` when the file cannot be read.
    package func computed<Failure>(of file: OpenFile<Failure>) throws(Failure) -> FileDigest {
        var computation = Computation(like: self)
        for start in stride(from: 0, to: file.count, by: Self.chunkByteCount) {
            let end = min(start + Self.chunkByteCount, file.count)
            computation.update(try file.elements(of: UInt8.self, in: start..<end))
        }
        return computation.digest
    }

    /// The SHA-256 of a file, in 64 lower-case hexadecimal digits.
    ///
    /// - Throws: `Failure` when the file cannot be read.
    package static func sha256<Failure>(of file: OpenFile<Failure>) throws(Failure) -> String {
        try FileDigest.sha256("").computed(of: file).digits
    }

    /// The SHA-256 of bytes, in 64 lower-case hexadecimal digits.
    package static func sha256(of bytes: [UInt8]) -> String {
        var computation = Computation(like: .sha256(""))
        computation.update(bytes)
        return computation.digest.digits
    }
}
