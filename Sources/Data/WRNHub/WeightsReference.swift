// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFiles
import WRNText

/// A reference to weights, as a user writes it.
enum WeightsReference: Hashable, Sendable {
    /// A file or a directory on this machine.
    case path(String)
    /// A file in a repository of the hub.
    case hub(HubFile)
    /// A published file of PyTorch's.
    case torch(PretrainedWeights)
    /// Any other address.
    case address(RemoteAddress)

    static let torchPrefix = "torchvision:"
    /// The prefixes of a repository of the hub: this package's and timm's.
    static let hubPrefixes = ["hf:", "hf-hub:"]

    /// Endings of names that are files and never repositories.
    private static let fileEndings = [
        ".safetensors", ".pth", ".pt", ".bin", ".tar", ".npz", ".t7", ".ckpt", ".zip", ".json",
    ]

    /// Reads a reference; what exists on this machine is always a path.
    ///
    /// A repository of the hub needs `hf:` before it unless it is one of ``PretrainedWeights/all``:
    /// a mistyped path must not cause a request on the network.
    ///
    /// - Throws: ``HubError`` when it is of no known form, or an incomplete name of known weights.
    init(_ text: String, settings: HubSettings) throws(HubError) {
        if FileManager.default.fileExists(atPath: text) {
            self = .path(text)
        } else if text.hasPrefix(Self.torchPrefix) {
            guard let entry = PretrainedWeights.known(text) else {
                throw PretrainedWeights.unknown(text)
            }
            self = .torch(entry)
        } else if text.hasPrefix("https://") || text.hasPrefix("http://") {
            self = try .init(address: text, settings: settings)
        } else if let prefix = Self.hubPrefixes.first(where: text.hasPrefix) {
            self = .hub(try Self.hubFile(String(text.dropFirst(prefix.count)), of: text))
        } else if let scheme = text.firstRange(of: "://").map({ text[..<$0.lowerBound] }) {
            throw HubError(
                .invalidReference,
                "\(quoted(text)): nothing is fetched over '\(printable(scheme))'; give an https "
                    + "address, hf:ORGANIZATION/NAME, torchvision:NAME or a path")
        } else if let known = try Self.knownRepository(text) {
            self = .hub(known)
        } else if PretrainedWeights.isPartOfTag(text) {
            throw PretrainedWeights.unknown(text)
        } else {
            self = .path(text)
        }
    }

    /// What a text is called as a repository of the hub, `hf:` with it; nil when it cannot be one.
    static func asRepository(_ text: String) -> String? {
        let file = try? HubFile(reference: text, unless: fileEndings)
        return file == nil ? nil : "hf:" + text
    }

    /// The file of a reference that names one of the known repositories, perhaps with a revision or
    /// a file; nil for all others.
    private static func knownRepository(_ text: String) throws(HubError) -> HubFile? {
        let repository = String(text.prefix { $0 != "@" && $0 != ":" })
        guard PretrainedWeights.known(repository) != nil else { return nil }
        return try hubFile(text, of: text)
    }

    private static func hubFile(_ repository: String, of text: String) throws(HubError) -> HubFile {
        guard let file = try HubFile(reference: repository, unless: []) else {
            throw HubError(
                .invalidReference,
                "\(quoted(text)) names no repository of the hub; expected hf:ORGANIZATION/NAME, "
                    + "with @REVISION or :FILE behind it where they are wanted"
            )
        }
        // Without the part after the point, `timm` takes a default, which changes; here there is
        // none.
        guard !PretrainedWeights.isWithoutVersion(file.repository) else {
            throw PretrainedWeights.unknown(repository)
        }
        return file
    }

    private init(address text: String, settings: HubSettings) throws(HubError) {
        for endpoint in [settings.endpoint, HubSettings.officialEndpoint]
        where text.hasPrefix(endpoint + "/") {
            let parts = text.dropFirst(endpoint.count + 1).split(
                separator: "/", maxSplits: 4, omittingEmptySubsequences: false
            ).map(String.init)
            if parts.count == 5, parts[2] == "resolve" || parts[2] == "blob" {
                // The page's button for downloading adds a query without effect.
                let file = parts[4].prefix { $0 != "?" && $0 != "#" }
                if let digest = parts[4].firstRange(of: "#sha256=") {
                    // With a digest of the user's it is a file like that of any other server.
                    self = .address(
                        try RemoteAddress(
                            "\(endpoint)/\(parts[0])/\(parts[1])/resolve/\(parts[3])/\(file)"
                                + parts[4][digest.lowerBound...]))
                    return
                }
                self = .hub(
                    try HubFile(
                        organization: parts[0], name: parts[1], revision: parts[3],
                        file: String(file)))
                return
            }
        }
        if let entry = PretrainedWeights.all.first(where: { $0.address == text }) {
            self = entry.isTorchvision ? .torch(entry) : .address(try RemoteAddress(text))
        } else {
            self = .address(try RemoteAddress(text))
        }
    }
}

/// The address of a file on a server, and its digest when the address ends with `#sha256=` and 64
/// hexadecimal digits.
struct RemoteAddress: Hashable, Sendable {
    /// The address without what follows `#`.
    let text: String
    /// The last part of its path: what the file is called.
    let name: String
    /// The SHA-256 that the file must have; nil when the address has none.
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
                "'\(text)' is not the address of a file; give one like "
                    + "https://host/path/model.safetensors, without '?' and without a user"
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
                "the address '\(text)' does not end with the name of a file: visible ASCII "
                    + "characters, at most \(Self.maximumNameByteCount), not beginning with '.'"
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
                "'#\(parts[1])' does not say what the file must be; write '#sha256=' and 64 "
                    + "hexadecimal digits"
            )
        }
        sha256 = digits
    }

    /// The address of the directory that the file is in.
    var directory: String { String(text.dropLast(name.count)) }

    /// The name of the address's directory: the first 16 digits of its SHA-256.
    var key: String {
        var computation = FileDigest.Computation(like: .sha256(""))
        computation.update(Array(text.utf8))
        return String(computation.digest.digits.prefix(16))
    }
}
