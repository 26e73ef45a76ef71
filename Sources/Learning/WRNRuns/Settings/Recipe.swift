// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import WRNBatches
public import WRNPlan
public import WRNTensor
import WRNText

/// A named set of settings for training, kept in a small file; a run may replace each of them.
///
/// What a recipe does not set is as without one: the paper's numbers, and the augmentation that
/// suits the images. `wrn recipes --settings` lists what it can set.
public struct Recipe: Hashable, Sendable {
    /// The recipe's name: that of its file, without the ending.
    public var name: String
    /// Its purpose, in a sentence or two.
    public var summary = ""

    /// The number of epochs.
    public var epochs: Int?
    /// The images of a step.
    public var batch: Int?
    /// The shards in which a batch is computed.
    public var shards: Int?
    /// The probability of dropout.
    public var dropout: Double?

    /// The optimizer.
    public var optimizer: Optimizer.Name?
    /// The learning rate from which the schedule starts.
    public var learningRate: Double?
    /// The learning rate of the parameters that Muon leaves to SGD.
    public var restLearningRate: Double?
    /// Whether Muon scales filters to a fixed norm.
    public var normalizesFilters: Bool?
    /// The momentum of SGD and Muon.
    public var momentum: Double?
    /// Whether they use Nesterov's momentum.
    public var nesterov: Bool?
    /// The dampening of SGD.
    public var dampening: Double?
    /// The constants of AdamW.
    public var beta1, beta2, epsilon: Double?
    /// The weight decay.
    public var weightDecay: Double?
    /// Whether it also acts on normalisations and biases.
    public var decaysNormAndBias: Bool?

    /// The kind of schedule.
    public var schedule: LearningRateSchedule.Name?
    /// The epochs at which the schedule `steps` drops.
    public var milestones: [Int]?
    /// Whether milestones are epochs, counted from 1, at whose start the rate drops; otherwise it
    /// drops after so many epochs.
    public var dropsAtStartOfMilestone: Bool?
    /// The factor of the rate at each drop.
    public var ratio: Double?
    /// The epochs of the warm-up.
    public var warmupEpochs: Double?
    /// The share of the rate at which the cosine ends.
    public var floor: Double?
    /// The numbers of the cycle.
    public var peak, startDivisor, endDivisor: Double?
    /// The course of the cycle from one rate to the next.
    public var course: LearningRateSchedule.OneCycle.Course?
    /// The patience of a plateau, in epochs.
    public var patience: Int?
    /// The relative improvement of the loss that a plateau requires.
    public var threshold: Double?

    /// Whether the optimizer's state is cleared at each drop.
    public var resetsMomentumAtDrops: Bool?
    /// Whether the last partial batch is skipped.
    public var skipsLastPartialBatch: Bool?
    /// The share of each target that is spread over all classes.
    public var labelSmoothing: Double?
    /// The share of the averaged weights that a step keeps; 0 for no average.
    public var ema: Double?
    /// What becomes of a stem that whitens patches.
    public var whitenedStem: TrainingConfiguration.WhitenedStem?
    /// The share of slow weights that is kept at the end; 0 for none.
    public var lookahead: Double?
    /// The steps from one return to slow weights to the next.
    public var lookaheadSteps: Int?
    /// The largest norm of the gradients; 0 for none.
    public var clipNorm: Double?
    /// The weights of the classes in the loss.
    public var classWeights: TrainingConfiguration.ClassWeights?
    /// The β of weights by effective numbers.
    public var classWeightBeta: Double?
    /// How the images of an epoch are drawn.
    public var sampler: TrainingConfiguration.Sampler?
    /// The precision in which the run computes.
    public var precision: Precision?
    /// The metric by which a run ends before its last epoch.
    public var earlyStopping: StoppingMetric?
    /// The patience of early stopping, in epochs.
    public var stopPatience: Int?
    /// The least change of the metric that is an improvement.
    public var stopMinimumChange: Double?
    /// The epochs from one validation to the next; 1 for every epoch.
    public var validateEvery: Int?

    /// The epochs at the end of the run whose images are not augmented; 0 for none.
    public var plainEpochs: Int?
    /// The sizes of the images in the first epochs; empty for none.
    public var imageSizes: [Int]?
    /// The shares of the run at which they grow.
    public var imageSizeShares: [Double]?
    /// When images are mirrored.
    public var flip: Augmentation.Flip?
    /// The border of the padded crop.
    public var cropPadding: Int?
    /// The content of the border.
    public var cropBorder: Augmentation.Border?
    /// The least share of the area that a random resized crop keeps; 0 for no such crop.
    public var cropScale: Double?
    /// A set of operations to draw from.
    public var policy: PolicyName?
    /// The strength of colour jitter.
    public var jitter: Double?
    /// The deviation of shifts of the colours; 0 for none.
    public var lighting: Double?
    /// The probability that a rectangle is erased.
    public var erasing: Double?
    /// The side of an erased square; 0 for none.
    public var cutout: Int?
    /// The parameters by which images are mixed; 0 for none.
    public var mixup, cutmix: Double?

    /// The metrics of early stopping.
    public enum StoppingMetric: String, CaseIterable, Hashable, Sendable {
        /// No early stopping.
        case none
        /// The validation loss.
        case loss
        /// The validation accuracy.
        case accuracy
        /// The mean of the classes' recalls on the validation images.
        case balancedAccuracy = "balanced-accuracy"
    }

    /// Sets of operations.
    public enum PolicyName: String, CaseIterable, Hashable, Sendable {
        /// No operations.
        case none
        /// TrivialAugmentWide.
        case trivial
        /// RandAugment.
        case rand
    }

    /// A recipe without settings.
    public init(name: String) {
        self.name = name
    }
}

extension Recipe {
    /// The largest file that is read, in bytes.
    private static let maximumByteCount = 1 << 16
    private static let summaryKey = "summary"

    /// The word for no recipe, where one would be chosen otherwise.
    package static let noneName = "none"

    /// The recipes that come with the package.
    public static let builtIn: [Recipe] = [
        ("paper-cifar", PackageResources.paper_cifar_json),
        ("paper-svhn", PackageResources.paper_svhn_json),
        ("paper-imagenet", PackageResources.paper_imagenet_json),
        ("modern", PackageResources.modern_json),
        ("fast", PackageResources.fast_json),
        ("thorough", PackageResources.thorough_json),
        ("fast-finetune", PackageResources.fast_finetune_json),
    ].map { name, bytes in
        do {
            return try Recipe(name: name, json: Data(bytes), file: "\(name).json")
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The recipe with a name, or that in a file.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` when there is none, or the file
    ///   is no recipe's.
    public static func named(_ name: String) throws(TrainingError) -> Recipe {
        if let known = builtIn.first(where: { $0.name == name }) { return known }
        let isPath = name.contains("/") || name.hasSuffix(".json")
        guard isPath || RunDirectory.exists(name) else {
            let names = builtIn.map(\.name)
            let nearest = NameSuggestions.likely(for: name, among: names)
            throw TrainingError(
                .invalidRecipe,
                "there is no recipe '\(name)'"
                    + (nearest.map { "; the nearest is \($0)" } ?? "")
                    + " (all: \(names.joined(separator: ", ")), or a path, for example ./\(name).json)"
            )
        }
        guard RunDirectory.exists(name), !RunDirectory.isDirectory(name) else {
            throw TrainingError(
                .invalidRecipe,
                "\(name): expected the file of a recipe, found "
                    + (RunDirectory.exists(name) ? "a directory" : "nothing") + "; check the path")
        }
        let bytes: [UInt8]
        do {
            bytes = try RunDirectory.readFile(name, limit: maximumByteCount)
        } catch {
            throw TrainingError(.invalidRecipe, error.message)
        }
        let base = URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
        return try Recipe(name: base, json: Data(bytes), file: name)
    }

    /// Reads the file of a recipe: one object of JSON with its settings and a
    /// `summary`.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe`.
    public init(name: String, json: Data, file: String) throws(TrainingError) {
        let values: [String: SettingValue]
        do {
            values = try JSONDecoder().decode([String: SettingValue].self, from: json)
        } catch {
            throw TrainingError(
                .invalidRecipe,
                "\(file): expected one object of JSON whose values are numbers, words, true, "
                    + "false or lists of numbers, found something else; the built-in recipes are "
                    + "examples")
        }
        self.init(name: name)
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard key == Self.summaryKey else {
                try set(key, value, file: file)
                continue
            }
            guard case .text(let text) = value else {
                throw TrainingError(
                    .invalidRecipe, "\(file): \(key) takes a sentence in quotes, not \(value.text)")
            }
            summary = text
        }
    }

    /// Changes one setting, named as in a recipe's file.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` that names the nearest setting
    ///   when there is none of this name.
    package mutating func set(
        _ key: String, _ value: SettingValue, file: String
    ) throws(TrainingError) {
        try Self.setting(key, file: file).set(value, in: &self, file: file)
    }

    /// The settings that a recipe can contain, in the order in which recipes write them.
    package static let settings = TrainingSetting.all.filter(\.isOfRecipes)

    /// The setting of recipes with a name.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` that names the nearest one, if
    ///   there is one like it.
    package static func setting(
        _ key: String, file: String
    ) throws(TrainingError) -> TrainingSetting {
        if let setting = TrainingSetting.named(key), setting.isOfRecipes { return setting }
        if let option = TrainingSetting.named(key)?.option {
            throw TrainingError(
                .invalidRecipe,
                "\(file): \(key) is no setting of recipes; wrn takes it as the option \(option)")
        }
        if let shards = TrainingSetting.replaced[key] {
            throw TrainingError(
                .invalidRecipe,
                "\(file): there is no setting '\(key)' any more: \(shards)")
        }
        let nearest = NameSuggestions.likely(for: key, among: settings.map(\.name))
        throw TrainingError(
            .invalidRecipe,
            "\(file): there is no setting '\(key)'"
                + (nearest.map { "; the nearest is \($0)" } ?? ""),
            advice: .settings)
    }

    /// The text of the recipe's file.
    public var json: String {
        let lines =
            ["  \"\(Self.summaryKey)\": \(quoted(summary))"]
            + Self.settings.compactMap { setting in
                setting.value(in: self).map { "  \"\(setting.name)\": \($0.text)" }
            }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
