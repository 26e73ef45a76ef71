// SPDX-License-Identifier: Apache-2.0

/// How training images are varied.
///
/// The parts act in this order: ``randomResizedCrop`` on the stored image; ``horizontalFlip``, the padded crop, ``policy`` and
/// ``colorJitter`` on the bytes of the image that the network sees; ``lighting``, ``randomErasing`` and ``cutout`` on the normalised numbers; ``mixup``
/// or ``cutmix`` on the whole batch. What is drawn follows from the seed, the epoch and the image's index (or the batch's number) alone.
public struct Augmentation: Hashable, Sendable {
    /// What a padded crop finds outside the image.
    public enum Border: String, Codable, CaseIterable, Hashable, Sendable {
        /// The image mirrored about its outermost pixels without repeating them, as the authors of Wide ResNets have it.
        case reflect
        /// Zeros, as He et al. have it for CIFAR.
        case zero
    }

    /// Whether each image is mirrored left to right half of the time.
    public var horizontalFlip: Bool
    /// The pixels of border on each side, from which an image-sized part is cut at random; 0 for none.
    public var cropPadding: Int
    /// What the border shows.
    public var cropBorder: Border
    /// The part of the stored image that is resized to the network's size; nil for the whole image.
    public var randomResizedCrop: RandomResizedCrop?
    /// Operations drawn from a fixed set; nil for none.
    public var policy: AugmentationPolicy?
    /// Random changes of brightness, contrast, saturation and hue; nil for none.
    public var colorJitter: ColorJitter?
    /// The deviation of random shifts of the colours along ImageNet's principal components, 0.1 as a rule; nil for none.
    public var lighting: Double?
    /// A rectangle of random size set to 0; nil for none.
    public var randomErasing: RandomErasing?
    /// The side of a square that is set to 0, with its centre anywhere in the image; nil for none.
    public var cutout: Int?
    /// The parameter of the Beta distribution by which two images are averaged; nil for none.
    public var mixup: Double?
    /// The parameter of the Beta distribution of the area that comes from another image; nil for none.
    ///
    /// With ``mixup`` too, a fair coin chooses one of the two for each batch.
    public var cutmix: Double?

    /// Creates an augmentation.
    public init(
        horizontalFlip: Bool, cropPadding: Int, cropBorder: Border = .reflect,
        randomResizedCrop: RandomResizedCrop? = nil, policy: AugmentationPolicy? = nil,
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
}
