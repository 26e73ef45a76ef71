// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNPlan

/// The settings of a run on photographs that neither an option nor a recipe gives, by written
/// rules from the photographs alone, so that they are the same on every machine.
///
/// - network: `wrn-16-2`; to fine-tune that of the weights.
/// - side of the images: the largest of 32, 48 and 64 that is at most half of the median of the
///   photographs' shorter sides, at least 32; of networks for ImageNet 224; to fine-tune weights
///   that are named the weights'.
/// - epochs: 20,000 / images, in 20...100; to fine-tune in 10...80, and networks for ImageNet
///   3,000 / images, in 3...10.
/// - batch: 32, from 5,000 images on 64, from 20,000 on 128; to fine-tune 32.
/// - recipe: `modern`, to fine-tune `fast-finetune`, unless a setting is given that does not act in
///   it; to fine-tune networks for ImageNet none.
///
/// All other settings are as without photographs: few photographs need many epochs, and many few.
package struct PhotographDefaults: Hashable, Sendable {
    /// The kinds of runs, for which the rules differ.
    package enum Kind: Hashable, Sendable {
        /// From random weights.
        case training
        /// From the weights of a model.
        case fineTuning
    }

    /// The network where none is named.
    package static let network = "wrn-16-2"
    /// The side of ImageNet's images, by which networks for them are known.
    package static let imageNetSide = 224
    /// The median of the photographs' shorter sides from which ImageNet's weights are worth their
    /// time: four times the side of the images that the small networks are for.
    package static let leastImageNetSide = 128

    /// The kind of the run.
    package let kind: Kind
    /// The number of training images, limited ones.
    package let images: Int
    /// The side of the images that the network is usually for: 32 or 224.
    package let usualSide: Int

    /// Collects what the rules depend on.
    package init(_ kind: Kind, images: Int, usualSide: Int) {
        self.kind = kind
        self.images = images
        self.usualSide = usualSide
    }

    /// How often the run goes through the images.
    package var epochs: Int {
        let (whole, range) =
            switch kind {
            case .training: (20_000, 20...100)
            case .fineTuning where usualSide >= Self.imageNetSide: (3000, 3...10)
            case .fineTuning: (20_000, 10...80)
            }
        let epochs = (whole + images / 2) / max(images, 1)
        return min(max(epochs, range.lowerBound), range.upperBound)
    }

    /// The rule of ``epochs``, as a table shows it.
    package var epochsRule: String {
        switch kind {
        case .training: "20,000 / images, 20 to 100"
        case .fineTuning where usualSide >= Self.imageNetSide: "3,000 / images, 3 to 10"
        case .fineTuning: "20,000 / images, 10 to 80"
        }
    }

    /// The images of a step.
    package var batch: Int {
        guard kind == .training else { return 32 }
        return images < 5000 ? 32 : images < 20_000 ? 64 : 128
    }

    /// The name of the recipe whose epochs and batch are replaced; nil for none.
    private var recipeName: String? {
        switch kind {
        case .training: "modern"
        case .fineTuning: usualSide < Self.imageNetSide ? "fast-finetune" : nil
        }
    }

    /// The settings that are chosen, as a recipe: of a built-in one and with its name, or the
    /// epochs and the batch alone and with an empty name.
    ///
    /// - Parameter given: What the command line gives, which replaces settings of the recipe.
    package func recipe(beside given: Recipe) -> Recipe {
        var recipe = Recipe(name: "")
        if let known = Recipe.builtIn.first(where: { $0.name == recipeName }),
            !Self.hasConflict(given, with: known)
        {
            recipe = known
        }
        recipe.epochs = epochs
        recipe.batch = batch
        return recipe
    }

    /// Whether settings are given that do not act in a recipe: constants of another optimizer or
    /// schedule, or another optimizer, for which the recipe has no learning rate.
    private static func hasConflict(_ given: Recipe, with recipe: Recipe) -> Bool {
        let optimizer = given.optimizer ?? recipe.optimizer ?? .sgd
        let schedule = given.schedule ?? recipe.schedule ?? .steps
        if optimizer != recipe.optimizer { return true }
        return Recipe.settings.contains { setting in
            guard setting.value(in: given) != nil else { return false }
            return switch setting.scope {
            case .optimizers(let names): !names.contains(optimizer)
            case .schedules(let names): !names.contains(schedule)
            default: false
            }
        }
    }

    /// The side of the images that a network sees.
    ///
    /// - Parameters:
    ///   - medianSide: The median of the photographs' shorter sides.
    ///   - usualSide: The side of the images that the network is usually for.
    package static func imageSide(medianSide: Int, usualSide: Int) -> Int {
        guard usualSide < imageNetSide else { return usualSide }
        return [64, 48].first { 2 * $0 <= medianSide } ?? usualSide
    }

    /// Refuses photographs of a single class, from which nothing can be learnt.
    ///
    /// - Throws: A ``TrainingError`` with the code `dataMismatch`.
    package static func check(_ images: any ImageSet) throws(TrainingError) {
        guard let warning = ClassBalance(of: images).singleClassSentence else { return }
        throw TrainingError(.dataMismatch, "\(images.name): \(warning)")
    }
}
