// SPDX-License-Identifier: Apache-2.0

import Foundation
public import WRNBatches
public import WRNFetch
import WRNFiles
public import WRNImages

/// A source of weights by name, path or address; those that are not on this machine are downloaded
/// once and verified.
///
/// A reference is one of
///
///     a path                                     used as it is
///     a tag of PretrainedWeights.all             timm/wide_resnet50_2.racm_in1k
///     hf:ORGANIZATION/NAME[@REVISION][:FILE]     a file of the hub, model.safetensors by default
///     https://host/path/file[#sha256=DIGITS]     any other address
///
/// Files are kept where huggingface_hub and torch.hub keep them, under the same environment
/// variables, so that each uses what the other fetched. Every file with a published digest is
/// verified each time it is resolved.
public struct WeightsHub: Sendable {
    private let settings: HubSettings
    /// Takes the place of PyTorch's address.
    let torchMirror: String?

    /// Creates a hub with the settings of an environment.
    ///
    /// - Parameter environment: The variables to look in; nil for those of this process.
    /// - Throws: ``HubError`` when `HF_ENDPOINT` is no address.
    public init(environment: [String: String]? = nil) throws(HubError) {
        try self.init(environment: environment, torchMirror: nil)
    }

    init(environment: [String: String]?, torchMirror: String?) throws(HubError) {
        settings = try HubSettings(
            environment: environment ?? ProcessInfo.processInfo.environment)
        self.torchMirror = torchMirror
    }

    /// The weights that a reference means, on this machine.
    ///
    /// - Parameters:
    ///   - reference: A path, a tag, a repository or an address.
    ///   - progress: Called with the progress of a download.
    /// - Throws: ``HubError``; with the code `missing` for what is neither on this machine nor a
    ///   reference of another form, for which no request is sent.
    public func resolve(
        _ reference: String, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws(HubError) -> ResolvedWeights {
        switch try WeightsReference(reference, settings: settings) {
        case .path(let path):
            guard FileManager.default.fileExists(atPath: path) else { throw .missing(path) }
            return ResolvedWeights(path: path, source: path)
        case .hub(let file):
            return try HubFetch(file: file, settings: settings).run(progress)
        case .torch(let entry):
            return try TorchCheckpoint(entry: entry, settings: settings, mirror: torchMirror)
                .run(progress)
        case .address(let address):
            let digest =
                address.sha256.map(FileDigest.sha256) ?? .sha256Prefix("")
            let path = try AddressFetch(
                address: address, directory: "\(settings.addressDirectory)/\(address.key)",
                digest: digest, isOffline: settings.isOffline,
                hub: address.text.hasPrefix(settings.endpoint + "/") ? settings : nil
            ).run(progress)
            return ResolvedWeights(
                path: path, source: address.text,
                digest: address.sha256 == nil ? nil : digest.description)
        }
    }

    /// Where known weights are on this machine; nil when they are not, and nothing is verified.
    public func place(of entry: PretrainedWeights) -> String? {
        if entry.isTorchvision {
            let path = "\(settings.torchDirectory)/\(TorchCheckpoint.name(entry))"
            return FileManager.default.fileExists(atPath: path) ? path : nil
        }
        guard let file = try? HubFile(reference: entry.tag, unless: []) else { return nil }
        let cache = HubCache(file, settings: settings)
        return cache.commit(of: HubFile.defaultRevision).flatMap { cache.stored($0)?.path }
    }
}

/// Weights that are on this machine, and what is known about using them.
public struct ResolvedWeights: Hashable, Sendable {
    /// The file; for a path, that path unchanged.
    public let path: String
    /// Where the bytes are from, exactly: `timm/wide_resnet50_2.racm_in1k@4b3c...`, an address, or
    /// the path.
    public let source: String
    /// What the bytes were verified against just now, as in `SHA-256 9ba9bcbe...`; nil when nothing
    /// is published, and for a path.
    public let digest: String?
    /// The entry of the catalogue; nil for weights that are not in it.
    public let entry: PretrainedWeights?

    /// How an image becomes the network's input; nil when that is not known.
    public var preparation: ImagePreparation? { entry?.preparation }
    /// The mean and the deviation of each channel; nil when they are not known.
    public var normalization: Normalization? { entry?.normalization }
    /// The names of the classes in the order of the outputs; nil when they are not known.
    public var classNames: [String]? { entry?.classNames }

    init(path: String, source: String, digest: String? = nil, entry: PretrainedWeights? = nil) {
        self.path = path
        self.source = source
        self.digest = digest
        self.entry = entry
    }
}
