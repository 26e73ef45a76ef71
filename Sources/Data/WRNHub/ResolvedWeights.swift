// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNImages

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
    /// What the catalogue says of them; nil for weights that are not in it.
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
