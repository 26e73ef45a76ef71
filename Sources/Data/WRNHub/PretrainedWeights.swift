// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
import WRNDatasets
public import WRNImages
import WRNText

/// Published weights of a wide residual network, and their publishers' figures for them.
///
/// What no publisher states is nil. A tag always means the same weights: there is no default that
/// changes.
public struct PretrainedWeights: Hashable, Sendable {
    /// The published accuracy on ImageNet's 50,000 validation images.
    public struct PublishedAccuracy: Hashable, Sendable, Encodable {
        /// How the images were prepared.
        public let preparation: ImagePreparation
        /// The percentage of images whose class came first.
        public let top1: Double
        /// The percentage of images whose class was among the first five.
        public let top5: Double
    }

    /// The exact name: `torchvision:wide_resnet50_2.V1`, `timm/wide_resnet50_2.racm_in1k`.
    public let tag: String
    /// The network, named as in the paper: `wrn-50-2`.
    public let network: String
    /// The number of weights that were trained.
    public let parameterCount: Int
    /// The length of the file, rounded as its publisher rounds it.
    public let approximateByteCount: Int?
    /// The published accuracies, the one that is reached with ``preparation`` first.
    public let evaluations: [PublishedAccuracy]
    /// The licence's SPDX identifier.
    public let licence: String?
    /// The project that published the weights.
    public let origin: String
    /// The address of the file.
    public let address: String

    /// How an image becomes the network's input.
    public var preparation: ImagePreparation { evaluations[0].preparation }
    /// The mean and the deviation of each channel: ImageNet's.
    public var normalization: Normalization { .imageNet }
    /// The names of the classes in the order of the outputs: ImageNet's.
    public var classNames: [String] { ImageNetClasses.names }

    /// Whether the file is one of PyTorch's own, and not in a repository of the hub.
    var isTorchvision: Bool { tag.hasPrefix(WeightsReference.torchPrefix) }

    init(
        _ tag: String, network: String, parameterCount: Int, approximateByteCount: Int?,
        first: PublishedAccuracy, more: [PublishedAccuracy] = [], licence: String?, origin: String,
        address: String
    ) {
        self.tag = tag
        self.network = network
        self.parameterCount = parameterCount
        self.approximateByteCount = approximateByteCount
        evaluations = [first] + more
        self.licence = licence
        self.origin = origin
        self.address = address
    }

    /// The weights with exactly that tag.
    public static func known(_ tag: String) -> PretrainedWeights? {
        all.first { $0.tag == tag }
    }
}

extension PretrainedWeights: Encodable {
    private enum CodingKeys: CodingKey {
        case tag, network, parameterCount, approximateByteCount, preparation, normalization
        case evaluations, licence, origin, address
    }

    /// Writes all but the names of the classes; what is not known is left out.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(tag, forKey: .tag)
        try values.encode(network, forKey: .network)
        try values.encode(parameterCount, forKey: .parameterCount)
        try values.encodeIfPresent(approximateByteCount, forKey: .approximateByteCount)
        try values.encode(preparation, forKey: .preparation)
        try values.encode(normalization, forKey: .normalization)
        try values.encode(evaluations, forKey: .evaluations)
        try values.encodeIfPresent(licence, forKey: .licence)
        try values.encode(origin, forKey: .origin)
        try values.encode(address, forKey: .address)
    }
}

extension PretrainedWeights {
    /// The number of tags that a message proposes.
    private static let proposalCount = 4

    /// The known tags most like a text: those that contain it first, then by the number of letters
    /// to change.
    static func nearest(to text: String) -> [String] {
        Array(NameSuggestions.nearest(to: text, among: all.map(\.tag)).prefix(proposalCount))
    }

    /// Whether a text is a good part of a known tag, and so no path.
    static func isPartOfTag(_ text: String) -> Bool {
        isWithoutVersion(text)
            || text.hasPrefix("wide_resnet") && all.contains { $0.tag.contains(text) }
    }

    /// Whether a text is a name in timm's organization without the part that selects its weights.
    static func isWithoutVersion(_ text: String) -> Bool {
        text.hasPrefix("timm/") && !text.contains(".") && all.contains { $0.tag.hasPrefix(text) }
    }

    /// The error for a tag that is not known.
    static func unknown(_ text: String) -> HubError {
        HubError(
            .unknownWeights,
            "there are no weights with the name '\(text)'; names are exact, and the nearest are "
                + "\(nearest(to: text).joined(separator: ", "))"
        )
    }
}
