// SPDX-License-Identifier: Apache-2.0

extension Augmentation: Codable {
    private enum CodingKeys: String, CodingKey {
        case horizontalFlip, cropPadding, cropBorder, randomResizedCrop, policy, colorJitter
        case lighting, randomErasing, cutout, mixup, cutmix
    }

    /// Decodes an augmentation; whatever is missing beside the flip and the padding is not done.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            horizontalFlip: container.decode(Bool.self, forKey: .horizontalFlip),
            cropPadding: container.decode(Int.self, forKey: .cropPadding),
            cropBorder: container.decodeIfPresent(Border.self, forKey: .cropBorder) ?? .reflect,
            randomResizedCrop: container.decodeIfPresent(
                RandomResizedCrop.self, forKey: .randomResizedCrop),
            policy: container.decodeIfPresent(AugmentationPolicy.self, forKey: .policy),
            colorJitter: container.decodeIfPresent(ColorJitter.self, forKey: .colorJitter),
            lighting: container.decodeIfPresent(Double.self, forKey: .lighting),
            randomErasing: container.decodeIfPresent(RandomErasing.self, forKey: .randomErasing),
            cutout: container.decodeIfPresent(Int.self, forKey: .cutout),
            mixup: container.decodeIfPresent(Double.self, forKey: .mixup),
            cutmix: container.decodeIfPresent(Double.self, forKey: .cutmix))
    }

    /// Encodes an augmentation; what is not done leaves no key.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(horizontalFlip, forKey: .horizontalFlip)
        try container.encode(cropPadding, forKey: .cropPadding)
        if cropBorder != .reflect { try container.encode(cropBorder, forKey: .cropBorder) }
        try container.encodeIfPresent(randomResizedCrop, forKey: .randomResizedCrop)
        try container.encodeIfPresent(policy, forKey: .policy)
        try container.encodeIfPresent(colorJitter, forKey: .colorJitter)
        try container.encodeIfPresent(lighting, forKey: .lighting)
        try container.encodeIfPresent(randomErasing, forKey: .randomErasing)
        try container.encodeIfPresent(cutout, forKey: .cutout)
        try container.encodeIfPresent(mixup, forKey: .mixup)
        try container.encodeIfPresent(cutmix, forKey: .cutmix)
    }
}
