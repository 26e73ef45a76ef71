// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNFiles

/// A file that PyTorch publishes, with the first digits of its SHA-256 in its name:
/// `wide_resnet50_2-95faca4d.pth`.
struct TorchCheckpoint {
    /// Where PyTorch publishes them.
    static let officialAddress = "https://download.pytorch.org/models/"
    /// How many digits the names have.
    static let digitCount = 8

    let entry: PretrainedWeights
    let settings: HubSettings
    /// Takes the place of the official address.
    let mirror: String?

    /// The file, whole and verified, where torch.hub keeps it.
    func run(
        _ progress: (@Sendable (DownloadProgress) -> Void)?
    ) throws(HubError) -> ResolvedWeights {
        let name = Self.name(entry)
        let digest = Self.digest(name)
        let address = (mirror ?? Self.officialAddress) + name
        let path = try AddressFetch(
            address: try RemoteAddress(address), directory: settings.torchDirectory,
            digest: digest, isOffline: settings.isOffline
        ).run(progress)
        return ResolvedWeights(
            path: path, source: address, digest: digest.description, entry: entry)
    }

    /// The name of the file.
    static func name(_ entry: PretrainedWeights) -> String {
        String(entry.address.dropFirst(officialAddress.count))
    }

    /// The digits between the last dash and the ending.
    static func digest(_ name: String) -> FileDigest {
        let digits = name.split(separator: "-").last?.prefix(digitCount) ?? ""
        return .sha256Prefix(String(digits))
    }
}
