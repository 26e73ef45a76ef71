// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNText

/// What the words after `--weights` mean.
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
    /// What stands before a repository of the hub: ours, and timm's.
    static let hubPrefixes = ["hf:", "hf-hub:"]

    /// Endings of names that are files and never repositories.
    private static let fileEndings = [
        ".safetensors", ".pth", ".pt", ".bin", ".tar", ".npz", ".t7", ".ckpt", ".zip", ".json",
    ]

    /// Reads a reference; what exists on this machine is always a path.
    ///
    /// A repository of the hub needs `hf:` before it unless it is one of ``PretrainedWeights/all``:
    /// a mistyped path must not be asked for on a network.
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
                "\(quoted(text)): nothing is fetched over '\(printable(scheme))'; give an https address, "
                    + "hf:ORGANIZATION/NAME, torchvision:NAME or a path")
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
                "\(quoted(text)) names no repository of the hub; "
                    + "expected hf:ORGANIZATION/NAME, with @REVISION or :FILE behind it where they are wanted"
            )
        }
        // Without what stands behind the point, `timm` takes a default, which moves; here it has
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
                // The page's button for downloading adds a question that means nothing here.
                let file = parts[4].prefix { $0 != "?" && $0 != "#" }
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
