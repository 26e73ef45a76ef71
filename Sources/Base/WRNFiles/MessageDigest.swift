// SPDX-License-Identifier: Apache-2.0

#if canImport(CryptoKit)
    import CryptoKit
#else
    import CCrypto
#endif

/// A message digest computed piece by piece: by libcrypto on Linux, by CryptoKit on Apple's
/// systems.
///
/// It is a value: a copy and its original take in further bytes independently.
struct MessageDigest {
    /// The algorithm.
    enum Algorithm {
        case md5
        case sha1
        case sha256
    }

    #if canImport(CryptoKit)
        private var hash: any HashFunction

        /// Begins a digest.
        init(_ algorithm: Algorithm) {
            switch algorithm {
            case .md5: hash = Insecure.MD5()
            case .sha1: hash = Insecure.SHA1()
            case .sha256: hash = SHA256()
            }
        }

        /// Takes in the next bytes.
        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            hash.update(bufferPointer: bytes)
        }

        /// The digest of the bytes so far; nil where the system's library computes none of this
        /// kind.
        var bytes: [UInt8]? { Self.finalized(hash) }

        private static func finalized(_ hash: some HashFunction) -> [UInt8] {
            Array(hash.finalize())
        }
    #else
        private var context: Context

        /// Begins a digest.
        init(_ algorithm: Algorithm) {
            context = Context(algorithm)
        }

        /// Takes in the next bytes.
        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
            context.update(bytes)
        }

        /// The digest of the bytes so far; nil where the system's library computes none of this
        /// kind.
        ///
        /// A system in FIPS mode has no MD5, for example.
        var bytes: [UInt8]? { Context(copying: context).finalized() }

        /// Owns a context of libcrypto.
        private final class Context {
            private let context: OpaquePointer?
            private var isValid: Bool

            init(_ algorithm: Algorithm) {
                context = EVP_MD_CTX_new()
                let kind =
                    switch algorithm {
                    case .md5: EVP_md5()
                    case .sha1: EVP_sha1()
                    case .sha256: EVP_sha256()
                    }
                isValid = context != nil && EVP_DigestInit_ex(context, kind, nil) == 1
            }

            init(copying other: Context) {
                context = EVP_MD_CTX_new()
                isValid =
                    other.isValid && context != nil
                    && EVP_MD_CTX_copy_ex(context, other.context) == 1
            }

            deinit { EVP_MD_CTX_free(context) }

            func update(_ bytes: UnsafeRawBufferPointer) {
                guard isValid, let start = bytes.baseAddress, !bytes.isEmpty else { return }
                isValid = EVP_DigestUpdate(context, start, bytes.count) == 1
            }

            func finalized() -> [UInt8]? {
                guard isValid else { return nil }
                isValid = false
                var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
                var count: UInt32 = 0
                guard EVP_DigestFinal_ex(context, &bytes, &count) == 1 else { return nil }
                return Array(bytes.prefix(Int(count)))
            }
        }
    #endif
}
