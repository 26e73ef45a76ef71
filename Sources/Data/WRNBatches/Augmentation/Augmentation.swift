// SPDX-License-Identifier: Apache-2.0

public import WRNDatasets
public import WRNFetch

/// The random changes of training images.
///
/// The parts act in this order: ``randomResizedCrop`` on the stored image; ``horizontalFlip``, the
/// padded crop, ``policy`` and ``colorJitter`` on the bytes of the image of the network's size;
/// ``lighting``, ``randomErasing`` and ``cutout`` on the normalised numbers; ``mixup`` or
/// ``cutmix`` on the whole batch. What is drawn follows from the seed, the epoch and the image's
/// index (or the batch's number) alone.
public struct Augmentation: Hashable, Sendable {
    /// The pixels outside the image in a padded crop.
    public enum Border: String, Codable, CaseIterable, Hashable, Sendable {
        /// The image mirrored about its outermost pixels without repeating them, as the authors of
        /// Wide ResNets have it.
        case reflect
        /// Zeros, as He et al. have it for CIFAR.
        case zero
    }

    /// When an image is mirrored left to right.
    public enum Flip: String, Hashable, Sendable, ExpressibleByBooleanLiteral {
        /// Never.
        case never
        /// In each epoch with a probability of 1/2.
        case random
        /// In the first epoch with a probability of 1/2, then in every other epoch, so that two
        /// epochs in a row show both sides of each image.
        ///
        /// - Reference: Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU",
        ///   section 3.6.
        case alternate

        /// ``random`` for true, ``never`` for false.
        public init(booleanLiteral value: Bool) {
            self = value ? .random : .never
        }
    }

    /// When each image is mirrored left to right.
    public var horizontalFlip: Flip
    /// The pixels of border on each side, from which an image-sized part is cut at random; 0 for
    /// none.
    public var cropPadding: Int
    /// The content of the border.
    public var cropBorder: Border
    /// The part of the stored image that is resized to the network's size; nil for the whole image.
    public var randomResizedCrop: RandomResizedCrop?
    /// Operations drawn from a fixed set; nil for none.
    public var policy: Policy?
    /// Random changes of brightness, contrast, saturation and hue; nil for none.
    public var colorJitter: ColorJitter?
    /// The deviation of random shifts of the colours along ImageNet's principal components, 0.1 as
    /// a rule; nil for none.
    public var lighting: Double?
    /// A rectangle of random size set to 0; nil for none.
    public var randomErasing: RandomErasing?
    /// The side of a square that is set to 0, with its centre anywhere in the image; nil for none.
    public var cutout: Int?
    /// The parameter of the Beta distribution by which two images are averaged; nil for none.
    public var mixup: Double?
    /// The parameter of the Beta distribution of the area that comes from another image; nil for
    /// none.
    ///
    /// With ``mixup`` too, a fair coin chooses one of the two for each batch.
    public var cutmix: Double?

    /// Creates an augmentation.
    public init(
        horizontalFlip: Flip, cropPadding: Int, cropBorder: Border = .reflect,
        randomResizedCrop: RandomResizedCrop? = nil,
        policy: Policy? = nil,
        colorJitter: ColorJitter? = nil, lighting: Double? = nil,
        randomErasing: RandomErasing? = nil,
        cutout: Int? = nil, mixup: Double? = nil, cutmix: Double? = nil
    ) {
        self.horizontalFlip = horizontalFlip
        self.cropPadding = cropPadding
        self.cropBorder = cropBorder
        self.randomResizedCrop = randomResizedCrop
        self.policy = policy
        self.colorJitter = colorJitter
        self.lighting = lighting
        self.randomErasing = randomErasing
        self.cutout = cutout
        self.mixup = mixup
        self.cutmix = cutmix
    }

    /// Leaves images as they are.
    public static let none = Augmentation(horizontalFlip: false, cropPadding: 0)

    /// The authors' for CIFAR: flips, and crops with 4 pixels of border.
    public static let standard = Augmentation(horizontalFlip: true, cropPadding: 4)

    /// Whether it leaves images as they are.
    package var isNone: Bool {
        var other = self
        // Without a border it does not matter what one would show.
        if cropPadding == 0 { other.cropBorder = Augmentation.none.cropBorder }
        return other == Augmentation.none
    }
}

extension Augmentation {
    /// Refuses numbers that are invalid for all images.
    ///
    /// - Throws: ``DataError`` with the code `invalidArgument`.
    public func validate() throws(DataError) {
        let problems = [
            cropPadding < 0
                ? "the crop padding must be 0 or more pixels, not \(cropPadding)" : nil,
            randomResizedCrop?.problem,
            policy?.problem,
            colorJitter?.problem,
            lighting.flatMap {
                $0 > 0 && $0 <= 10
                    ? nil : "the lighting must be above 0 and at most 10, not \($0)"
            },
            randomErasing?.problem,
            cutout.flatMap {
                $0 >= 1 ? nil : "the side of a cutout must be 1 or more pixels, not \($0)"
            },
            Self.problem("mixup", mixup),
            Self.problem("cutmix", cutmix),
        ]
        if let problem = problems.compactMap(\.self).first {
            throw DataError(.invalidArgument, problem)
        }
    }

    /// Refuses an augmentation that does not suit images of a size: the border must be one that
    /// reflection can fill, and a cutout must leave something.
    ///
    /// - Parameters:
    ///   - height: The rows of the network's input.
    ///   - width: The columns of the network's input.
    /// - Throws: ``DataError`` with the code `invalidArgument`, also for what ``validate()``
    ///   refuses.
    public func check(height: Int, width: Int) throws(DataError) {
        guard min(height, width) >= 1 else {
            throw DataError(
                .invalidArgument,
                "images of \(height) x \(width) are none; each must be 1 or more")
        }
        guard (0..<min(height, width)).contains(cropPadding) else {
            throw DataError(
                .invalidArgument,
                "a crop padding of \(cropPadding) pixels does not suit images of "
                    + "\(height) x \(width); it is 0 to \(min(height, width) - 1)")
        }
        try validate()
        if let cutout, cutout > 2 * max(height, width) {
            throw DataError(
                .invalidArgument,
                "a cutout of \(cutout) pixels does not suit images of \(height) x \(width); its "
                    + "side is 1 to \(2 * max(height, width))")
        }
    }

    /// Refuses operations on colours for images that are neither grey nor in colour.
    ///
    /// - Throws: ``DataError`` with the code `invalidArgument`.
    public func check(channels: Int) throws(DataError) {
        if lighting != nil, channels != 3 {
            throw DataError(
                .invalidArgument,
                "lighting is for images of 3 channels (red, green, blue), not \(channels)")
        }
        let what = policy != nil ? "a policy" : colorJitter != nil ? "colour jitter" : nil
        guard let what, ![1, 3].contains(channels) else { return }
        throw DataError(
            .invalidArgument,
            "\(what) is for images of 1 channel (grey) or 3 (red, green, blue), not \(channels)")
    }

    private static func problem(_ name: String, _ alpha: Double?) -> String? {
        guard let alpha, !(alpha > 0 && alpha <= maximumAlpha) else { return nil }
        return "the alpha of \(name) must be above 0 and at most \(Int(maximumAlpha)), not \(alpha)"
    }

    /// Beyond this all weights are 1/2 anyway.
    private static let maximumAlpha = 1000.0
}

extension ClosedRange<Double> {
    /// The problem about a range outside `limits`, which may not reach 0 where `excludesZero`.
    func problem(_ what: String, in limits: ClosedRange<Double>, excludesZero: Bool) -> String? {
        let isRight =
            limits.contains(lowerBound) && limits.contains(upperBound)
            && !(excludesZero && lowerBound <= 0)
        guard !isRight else { return nil }
        let least = excludesZero ? "above 0" : "at least \(limits.lowerBound)"
        return
            "\(what) must be \(least) and at most \(limits.upperBound), not \(lowerBound) to "
            + "\(upperBound)"
    }
}

extension Augmentation: Codable {
    private enum CodingKeys: String, CodingKey {
        case horizontalFlip, cropPadding, cropBorder, randomResizedCrop, policy, colorJitter
        case lighting, randomErasing, cutout, mixup, cutmix
    }

    /// Decodes an augmentation; whatever is missing beside the flip and the padding is not done.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            horizontalFlip: Self.flip(in: container),
            cropPadding: container.decode(Int.self, forKey: .cropPadding),
            cropBorder: container.decodeIfPresent(Border.self, forKey: .cropBorder) ?? .reflect,
            randomResizedCrop: container.decodeIfPresent(
                RandomResizedCrop.self, forKey: .randomResizedCrop),
            policy: container.decodeIfPresent(Policy.self, forKey: .policy),
            colorJitter: container.decodeIfPresent(
                ColorJitter.self, forKey: .colorJitter),
            lighting: container.decodeIfPresent(Double.self, forKey: .lighting),
            randomErasing: container.decodeIfPresent(
                RandomErasing.self, forKey: .randomErasing),
            cutout: container.decodeIfPresent(Int.self, forKey: .cutout),
            mixup: container.decodeIfPresent(Double.self, forKey: .mixup),
            cutmix: container.decodeIfPresent(Double.self, forKey: .cutmix))
    }

    /// A flip is `true`, `false` or `"alternate"`.
    private static func flip(in container: KeyedDecodingContainer<CodingKeys>) throws -> Flip {
        guard
            (try? container.decode(String.self, forKey: .horizontalFlip)) == Flip.alternate.rawValue
        else { return try container.decode(Bool.self, forKey: .horizontalFlip) ? .random : .never }
        return .alternate
    }

    /// Encodes an augmentation; what is not done leaves no key.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch horizontalFlip {
        case .never: try container.encode(false, forKey: .horizontalFlip)
        case .random: try container.encode(true, forKey: .horizontalFlip)
        case .alternate: try container.encode(horizontalFlip.rawValue, forKey: .horizontalFlip)
        }
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

extension Augmentation {
    /// The usual one for a data set.
    ///
    /// - Image files, and sets of one's own: random parts of a quarter or more of the image,
    ///   resized, and flips. ImageNet's recipes take parts from 8 % on, which needs more epochs
    ///   than small sets are trained for.
    /// - ``LabelledImages``: shifts by up to an eighth of the image, at most 4 pixels, and flips
    ///   for photographs and clothes. Digits and whatever else comes without a name keep their
    ///   sides: a mirrored 3 is no 3. So does `fashion-mnist-small`, an exception that keeps the
    ///   figures that are recorded of it. For images of 32 x 32 pixels it is ``standard``, the
    ///   authors'.
    /// - SVHN: nothing, as in the paper.
    public static func suited(to images: any ImageSet) -> Augmentation {
        guard images is LabelledImages else { return photographs }
        if ["svhn", "svhn-extra"].contains(images.name) { return .none }
        let names = ["cifar10", "cifar100", "fashion-mnist"]
        return Augmentation(
            horizontalFlip: names.contains(images.name) ? .random : .never,
            cropPadding: min(4, min(images.height, images.width) / 8))
    }

    /// For photographs of any size: flips, and random parts of a quarter or more.
    public static let photographs = Augmentation(
        horizontalFlip: true, cropPadding: 0,
        randomResizedCrop: RandomResizedCrop(scale: 0.25...1))
}
