// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNRuns

/// Where the pixels of an augmented image come from.
enum AugmentationName: String, CaseIterable, ExpressibleByArgument {
    /// As they are.
    case unchanged = "none"
    /// The paper's for small images: flips, and shifts by up to an eighth of the image.
    case standard
    /// ImageNet's: flips, and a random part of the image, resized.
    case crop
}

/// Operations that are drawn from a fixed set.
enum PolicyName: String, CaseIterable, ExpressibleByArgument {
    case trivial
    case rand

    var policy: AugmentationPolicy {
        self == .trivial ? .trivialAugmentWide : .randAugment()
    }
}

/// How training images are varied.
struct AugmentationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "none, standard (flips and shifts), or crop (flips, and random parts resized). (default: crop for image files, else standard)",
            valueName: "kind"))
    var augment: AugmentationName?

    @Flag(help: "The same as --augment none.")
    var noAugment = false

    @Flag(help: "Never mirror images: for digits, letters, signs.")
    var noFlip = false

    @Option(
        help: ArgumentHelp(
            "The least area that crop keeps, as a share of the image (default: 0.25).",
            valueName: "share"))
    var cropScale: Double?

    @Option(
        help: ArgumentHelp(
            "Change colours and places: trivial (TrivialAugment) or rand (RandAugment).",
            valueName: "policy"))
    var policy: PolicyName?

    @Option(
        help: ArgumentHelp(
            "Change brightness, contrast and saturation by up to this much, 0.4 for example.",
            valueName: "amount"))
    var jitter: Double?

    @Option(
        help: ArgumentHelp(
            "Erase a random rectangle, with this probability.", valueName: "probability"))
    var erasing: Double?

    @Option(
        help: ArgumentHelp(
            "Erase a square of this side: 16 for images of 32.", valueName: "pixels"))
    var cutout: Int?

    @Option(
        help: ArgumentHelp(
            "Average pairs of images, weighted by Beta(alpha, alpha).", valueName: "alpha"))
    var mixup: Double?

    @Option(
        help: ArgumentHelp(
            "Put a part of another image into each, of area Beta(alpha, alpha).",
            valueName: "alpha"))
    var cutmix: Double?

    func validate() throws {
        if noAugment, let augment, augment != .unchanged {
            throw ValidationError("--no-augment contradicts --augment \(augment.rawValue)")
        }
        if cropScale != nil, let augment, augment != .crop {
            throw ValidationError("--crop-scale is of --augment crop, not of \(augment.rawValue)")
        }
        // Grey images of any size: what is refused here is wrong for all.
        try checked(Augmentation(horizontalFlip: false, cropPadding: 0))
    }

    /// The augmentation of these images: what suits them, changed by the recipe and then by the
    /// options.
    func augmentation(for images: any ImageSet, _ recipe: Recipe = Recipe(name: "")) throws
        -> Augmentation
    {
        let base =
            augment == nil && !noAugment
            ? recipe.augmentation(.suited(to: images)) : Self.base(augment, noAugment, images)
        return try checked(base)
    }

    /// What was asked for beside the base.
    @discardableResult
    private func checked(_ base: Augmentation) throws -> Augmentation {
        var augmentation = base
        if noFlip { augmentation.horizontalFlip = false }
        if let cropScale {
            guard cropScale > 0, cropScale <= 1 else {
                throw ValidationError(
                    "--crop-scale must be above 0 and at most 1, not \(cropScale)")
            }
            augmentation.randomResizedCrop = RandomResizedCrop(scale: cropScale...1)
        }
        if let policy { augmentation.policy = policy.policy }
        if let jitter {
            augmentation.colorJitter = ColorJitter(
                brightness: jitter, contrast: jitter, saturation: jitter)
        }
        if let erasing { augmentation.randomErasing = RandomErasing(probability: erasing) }
        if let cutout { augmentation.cutout = cutout }
        if let mixup { augmentation.mixup = mixup }
        if let cutmix { augmentation.cutmix = cutmix }
        do {
            try augmentation.validate()
        } catch {
            throw ValidationError(error.message)
        }
        return augmentation
    }

    private static func base(
        _ name: AugmentationName?, _ isNone: Bool, _ images: any ImageSet
    ) -> Augmentation {
        let suited = Augmentation.suited(to: images)
        switch isNone ? .unchanged : name {
        case nil: return suited
        case .unchanged: return .none
        case .standard:
            var shifts = suited
            shifts.randomResizedCrop = nil
            shifts.cropPadding = min(4, min(images.height, images.width) / 8)
            return shifts
        case .crop:
            var crops = suited
            crops.cropPadding = 0
            crops.randomResizedCrop = Augmentation.photographs.randomResizedCrop
            return crops
        }
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--augment", augment != nil), ("--no-augment", noAugment), ("--no-flip", noFlip),
            ("--crop-scale", cropScale != nil), ("--policy", policy != nil),
            ("--jitter", jitter != nil), ("--erasing", erasing != nil),
            ("--cutout", cutout != nil), ("--mixup", mixup != nil), ("--cutmix", cutmix != nil),
        ]
        return all.filter(\.1).map(\.0)
    }
}
