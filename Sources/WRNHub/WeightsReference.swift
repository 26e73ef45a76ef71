// SPDX-License-Identifier: Apache-2.0

import Foundation

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

    /// Endings of names that are files and never repositories.
    private static let fileEndings = [
        ".safetensors", ".pth", ".pt", ".bin", ".tar", ".npz", ".t7", ".ckpt", ".zip", ".json",
    ]

    /// Reads a reference; what exists on this machine is always a path.
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
        } else if let file = try HubFile(reference: text, unless: Self.fileEndings) {
            // Without what stands behind the point, `timm` takes a default, which moves; here it has none.
            guard file.organization != "timm" || file.name.contains(".") else {
                throw PretrainedWeights.unknown(text)
            }
            self = .hub(file)
        } else if PretrainedWeights.isPartOfTag(text) {
            throw PretrainedWeights.unknown(text)
        } else {
            self = .path(text)
        }
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
