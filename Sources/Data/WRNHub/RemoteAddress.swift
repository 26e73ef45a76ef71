// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFiles

/// The address of a file somewhere, and its digest when the address ends with `#sha256=` and 64
/// hexadecimal digits.
struct RemoteAddress: Hashable, Sendable {
    /// The address without what follows `#`.
    let text: String
    /// The last part of its path: what the file is called.
    let name: String
    /// The SHA-256 that the file must have; nil when nobody said.
    let sha256: String?

    private static let loopbackHosts = ["127.0.0.1", "localhost", "[::1]", "::1"]
    private static let maximumNameByteCount = 200

    /// Reads an address.
    ///
    /// - Throws: ``HubError`` when it is not one of a file, not `https` (but to this machine
    ///   itself), or its digest is not one.
    init(_ reference: String) throws(HubError) {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        text = String(parts[0])
        guard let url = URL(string: text), let host = url.host, url.query == nil, url.user == nil
        else {
            throw HubError(
                .invalidReference,
                "'\(text)' is not the address of a file; give one like https://host/path/model.safetensors, without '?' and without a user"
            )
        }
        guard url.scheme == "https" || Self.loopbackHosts.contains(host) else {
            throw HubError(
                .invalidReference,
                "'\(text)' is not fetched over an open connection; use https://")
        }
        // As it stands in the address, percent signs included: no name leaves its directory.
        name =
            text.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard !url.path.isEmpty, !name.isEmpty, name.utf8.count <= Self.maximumNameByteCount,
            !name.hasPrefix("."), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw HubError(
                .invalidReference,
                "the address '\(text)' does not end with the name of a file: visible ASCII characters, at most \(Self.maximumNameByteCount), not beginning with '.'"
            )
        }
        guard parts.count == 2 else {
            sha256 = nil
            return
        }
        let digits = parts[1].hasPrefix("sha256=") ? parts[1].dropFirst(7).lowercased() : ""
        guard HubFile.isHexadecimal(digits, count: 64) else {
            throw HubError(
                .invalidReference,
                "'#\(parts[1])' does not say what the file must be; write '#sha256=' and 64 hexadecimal digits"
            )
        }
        sha256 = digits
    }

    /// The address of the directory that the file is in.
    var directory: String { String(text.dropLast(name.count)) }

    /// What the address is called in a directory: the first 16 digits of its SHA-256.
    var key: String {
        var computation = FileDigest.Computation(like: .sha256(""))
        computation.update(Array(text.utf8))
        return String(computation.digest.digits.prefix(16))
    }
}
