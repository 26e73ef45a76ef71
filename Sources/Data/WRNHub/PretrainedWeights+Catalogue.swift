// SPDX-License-Identifier: Apache-2.0

import WRNImages

extension PretrainedWeights {
    /// All weights that are known by name.
    public static let all = torchvision + timm

    /// The figures are those of torchvision 0.27 (`torchvision/models/resnet.py`), sizes in MiB to
    /// three decimals.
    private static let torchvision = [
        torchvision(
            .wide50, "V1", "wide_resnet50_2-95faca4d.pth", mebibytes: 131.82,
            PublishedAccuracy(preparation: .torchvisionV1, top1: 78.468, top5: 94.086)),
        torchvision(
            .wide50, "V2", "wide_resnet50_2-9ba9bcbe.pth", mebibytes: 263.124,
            PublishedAccuracy(preparation: .torchvisionV2, top1: 81.602, top5: 95.758)),
        torchvision(
            .wide101, "V1", "wide_resnet101_2-32ee1156.pth", mebibytes: 242.896,
            PublishedAccuracy(preparation: .torchvisionV1, top1: 78.848, top5: 94.284)),
        torchvision(
            .wide101, "V2", "wide_resnet101_2-d733dc28.pth", mebibytes: 484.747,
            PublishedAccuracy(preparation: .torchvisionV2, top1: 82.510, top5: 96.020)),
    ]

    /// The accuracies are those of timm's `results/results-imagenet.csv`, at the size at which timm
    /// tests each of them.
    private static let timm = [
        timm(
            .wide50, "racm_in1k", byteCount: 276_000_000,
            PublishedAccuracy(preparation: .timmBicubic288, top1: 82.260, top5: 96.062),
            more: [PublishedAccuracy(preparation: .timmBicubic224, top1: 81.466, top5: 95.544)],
            licence: nil, origin: "https://github.com/huggingface/pytorch-image-models"),
        timm(
            .wide50, "tv_in1k",
            PublishedAccuracy(preparation: .torchvisionV1, top1: 78.486, top5: 94.084)),
        timm(
            .wide50, "tv2_in1k",
            PublishedAccuracy(preparation: .torchvisionV2, top1: 81.612, top5: 95.766)),
        timm(
            .wide101, "tv_in1k",
            PublishedAccuracy(preparation: .torchvisionV1, top1: 78.862, top5: 94.312)),
        timm(
            .wide101, "tv2_in1k",
            PublishedAccuracy(preparation: .torchvisionV2, top1: 82.514, top5: 96.012)),
    ]

    /// A network as its publishers call it and as the paper does.
    private enum Kind: String {
        case wide50 = "wide_resnet50_2"
        case wide101 = "wide_resnet101_2"

        var network: String {
            switch self {
            case .wide50: "wrn-50-2"
            case .wide101: "wrn-101-2"
            }
        }

        var parameterCount: Int {
            switch self {
            case .wide50: 68_883_240
            case .wide101: 126_886_696
            }
        }
    }

    private static let torchvisionOrigin = "https://github.com/pytorch/vision"
    /// timm states it for the same files.
    private static let torchvisionLicence = "BSD-3-Clause"

    private static func torchvision(
        _ kind: Kind, _ version: String, _ file: String, mebibytes: Double,
        _ first: PublishedAccuracy
    ) -> PretrainedWeights {
        PretrainedWeights(
            "\(WeightsReference.torchPrefix)\(kind.rawValue).\(version)", network: kind.network,
            parameterCount: kind.parameterCount,
            approximateByteCount: Int((mebibytes * 1_048_576).rounded()), first: first,
            licence: torchvisionLicence, origin: torchvisionOrigin,
            address: TorchCheckpoint.officialAddress + file)
    }

    private static func timm(
        _ kind: Kind, _ training: String, byteCount: Int? = nil, _ first: PublishedAccuracy,
        more: [PublishedAccuracy] = [], licence: String? = torchvisionLicence,
        origin: String = torchvisionOrigin
    ) -> PretrainedWeights {
        let repository = "timm/\(kind.rawValue).\(training)"
        return PretrainedWeights(
            repository, network: kind.network, parameterCount: kind.parameterCount,
            approximateByteCount: byteCount, first: first, more: more, licence: licence,
            origin: origin,
            address:
                "\(HubSettings.officialEndpoint)/\(repository)/resolve/main/\(HubFile.defaultFile)")
    }
}
