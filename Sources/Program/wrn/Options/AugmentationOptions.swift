// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNBatches
import WRNDatasets
import WRNFetch
import WRNRuns

/// The part of a training image that the network sees.
enum AugmentationName: String, CaseIterable, ExpressibleByArgument {
    /// The whole image, and nothing else is done to it.
    case unchanged = "none"
    /// The paper's for small images: flips, and shifts by up to an eighth of the image.
    case standard
    /// ImageNet's: flips, and a random part of the image, resized.
    case crop
}

/// The options of the augmentation.
struct AugmentationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "none, standard (flips and shifts), or crop (flips, and random parts resized), in "
                + "place of a recipe's crops, none of all its augmentation. (default: crop for "
                + "image files, else standard)",
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

    @Option(help: .setting(.policy, valueName: "policy"))
    var policy: Recipe.PolicyName?

    @Option(help: .setting(.jitter, valueName: "amount"))
    var jitter: Double?

    @Option(help: .setting(.erasing, valueName: "probability"))
    var erasing: Double?

    @Option(help: .setting(.cutout, valueName: "pixels"))
    var cutout: Int?

    @Option(help: .setting(.mixup, valueName: "alpha"))
    var mixup: Double?

    @Option(help: .setting(.cutmix, valueName: "alpha"))
    var cutmix: Double?

    func validate() throws {
        if noAugment, let augment, augment != .unchanged {
            throw ValidationError("--no-augment contradicts --augment \(augment.rawValue)")
        }
        if let cropScale, !(cropScale > 0 && cropScale <= 1) {
            throw ValidationError("--crop-scale must be above 0 and at most 1, not \(cropScale)")
        }
        try checkCrops(settings)
        // An option is never dropped: 0, which recipes take for none, is refused like all else that
        // no images suit.
        let augmentation = Augmentation(
            horizontalFlip: false, cropPadding: 0,
            colorJitter: jitter.map {
                Augmentation.ColorJitter(brightness: $0, contrast: $0, saturation: $0)
            },
            randomErasing: erasing.map { Augmentation.RandomErasing(probability: $0) },
            cutout: cutout,
            mixup: mixup, cutmix: cutmix)
        do {
            try augmentation.validate()
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// The chosen kind of augmentation; nil for the usual one of the images.
    private var kind: AugmentationName? { noAugment ? .unchanged : augment }

    /// The settings that the options give.
    var settings: [CommandLineSetting] {
        [
            CommandLineSetting(.flip, false, where: noFlip),
            CommandLineSetting(.cropScale, cropScale), CommandLineSetting(.policy, policy),
            CommandLineSetting(.jitter, jitter), CommandLineSetting(.erasing, erasing),
            CommandLineSetting(.cutout, cutout), CommandLineSetting(.mixup, mixup),
            CommandLineSetting(.cutmix, cutmix),
        ].compactMap(\.self)
    }

    /// Refuses a random resized crop with a kind that has none, and none with the kind that is one.
    func checkCrops(_ given: [CommandLineSetting]) throws {
        guard let kind, let crop = given.first(where: { $0.setting.name == "crop_scale" }),
            let share = crop.value.number, (share > 0) != (kind == .crop)
        else { return }
        let name = crop.source == "--set" ? crop.words : crop.source
        throw ValidationError(
            kind == .crop
                ? "\(name) contradicts --augment crop, which keeps parts of images"
                : "\(name) is of --augment crop, not of \(kind.rawValue)")
    }

    /// The augmentation of these images: what suits them or the options name, changed by a recipe
    /// and then by what the command line gives.
    ///
    /// - Parameters:
    ///   - written: A recipe. A kind of augmentation replaces its crops, and `none` all it says.
    ///   - given: What the command line gives; nil for the options of this group alone.
    func augmentation(
        for images: any ImageSet, _ written: Recipe = Recipe(name: ""), _ given: Recipe? = nil
    ) throws -> Augmentation {
        var written = kind == .unchanged ? Recipe(name: "") : written
        if kind != nil {
            (written.cropPadding, written.cropBorder, written.cropScale) = (nil, nil, nil)
        }
        var options = Recipe(name: "")
        for each in settings { try each.setting.set(each.value, in: &options, file: each.source) }
        let base = written.augmentation(Self.base(kind, images))
        let augmentation = (given ?? options).augmentation(base)
        do {
            try augmentation.validate()
        } catch {
            throw ValidationError(error.message)
        }
        return augmentation
    }

    /// The augmentation where no image decides about it, with what the command line gives; nil
    /// where it follows from the images.
    func decided(by given: Recipe) -> Augmentation? {
        kind == .unchanged ? given.augmentation(Augmentation.none) : nil
    }

    private static func base(_ kind: AugmentationName?, _ images: any ImageSet) -> Augmentation {
        var suited = Augmentation.suited(to: images)
        switch kind {
        case nil: break
        case .unchanged: return .none
        case .standard:
            suited.randomResizedCrop = nil
            suited.cropPadding = min(4, min(images.height, images.width) / 8)
        case .crop:
            suited.cropPadding = 0
            suited.randomResizedCrop = Augmentation.photographs.randomResizedCrop
        }
        return suited
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
