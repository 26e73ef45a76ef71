// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNGraph
import WRNPlan
import WRNRuns

/// What a new run follows from beside its network; all of it is kept in the run's `config.json`.
struct NewRunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A recipe: \(Recipe.builtIn.map(\.name).joined(separator: ", ")), or the path of one. Options given besides replace what it says.",
            valueName: "name|file"))
    var recipe: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A setting of recipes, label_smoothing=0.1 for example; can be given several times ('wrn recipes --settings' lists all).",
            valueName: "key=value"))
    var settings: [String] = []

    @Option(help: "The images of a step (default: 128, to fine-tune 32).")
    var batch: Int?

    @Option(help: "What all random numbers are drawn from (default: 1).")
    var seed: UInt64?

    @Option(help: "Use only the first images of each split.")
    var limit: Int?

    // A negative number is a number, too, for the rule to refuse.
    @Option(
        parsing: .unconditional,
        help: "The probability of dropout in each block (default: 0, to fine-tune the model's).")
    var dropout: Double?

    @Option(
        name: .customLong("lr"),
        help: "The learning rate at the beginning (default: 0.1, to fine-tune 0.03).")
    var learningRate: Double?

    @Option(
        help:
            "How the learning rate falls; steps is the paper's (default: steps, to fine-tune cosine)."
    )
    var schedule: LearningRateSchedule.Name?

    @Option(help: "The momentum, after Nesterov (default: 0.9).")
    var momentum: Double?

    @Option(help: "The weight decay (default: 0.0005, to fine-tune 0.0001).")
    var weightDecay: Double?

    @Option(
        help: ArgumentHelp(
            "The rows and columns to which image files are resized (default: the network's own, 32 or 224; to fine-tune the model's).",
            valueName: "N|HxW"),
        transform: ImageSize.init(argument:))
    var imageSize: ImageSize?

    @Flag(help: "Leave out files that are no images, and count them.")
    var skipBroken = false

    @OptionGroup(title: "Image files") var files: FileOptions

    @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions

    func validate() throws {
        try checkOption("--batch", batch, isIn: 1...65_536)
        try checkOption("--limit", limit, isIn: 1...Int(Int32.max))
        try checkOption("--dropout", dropout, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
        try checkOption("--lr", learningRate, "above 0") { $0 > 0 && $0.isFinite }
        try checkOption("--momentum", momentum, "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
        try checkOption("--weight-decay", weightDecay, "at least 0") { $0 >= 0 && $0.isFinite }
        _ = try wantedRecipe()
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--recipe", recipe != nil), ("--set", !settings.isEmpty), ("--batch", batch != nil),
            ("--seed", seed != nil), ("--limit", limit != nil),
            ("--dropout", dropout != nil), ("--lr", learningRate != nil),
            ("--schedule", schedule != nil), ("--momentum", momentum != nil),
            ("--weight-decay", weightDecay != nil), ("--image-size", imageSize != nil),
            ("--skip-broken", skipBroken),
        ]
        return all.filter(\.1).map(\.0) + files.given + augmentation.given
    }

    /// The configuration of a run on these images, already limited.
    func configuration(
        network: String, source: String, epochs: Int?, train: any ImageSet, validation: any ImageSet
    ) throws -> TrainingConfiguration {
        try checkFileOptions(for: train)
        let plan = try plan(epochs: epochs, RunDefaults.training)
        return try TrainingConfiguration(
            network: network, dropout: plan.recipe.dropout ?? 0, source: source, train: train,
            validation: validation, limit: limit, epochs: plan.epochs, batch: plan.batch,
            seed: seed ?? 1,
            recipe: recipe, optimizer: plan.optimizer, schedule: plan.schedule,
            augmentation: augmentation.augmentation(for: train, plan.recipe),
            stepRules: plan.recipe.stepRules, skipsBroken: skipBroken)
    }
}

extension NewRunOptions {
    /// How image files are read for a network that is made for images of `usualSize`.
    func fileOptions(usualSize: Int) -> ImageFileOptions {
        files.options(
            height: imageSize?.height ?? usualSize, width: imageSize?.width ?? usualSize)
    }

    /// Refuses options for image files with images that are none.
    func checkFileOptions(for train: any ImageSet) throws {
        let given = files.given + [(imageSize.map { _ in "--image-size" })].compactMap(\.self)
        guard !(train is ImageFiles), let option = given.first else { return }
        throw ValidationError(
            "\(option) is for folders and archives of image files; \(train.name) has images of one size"
        )
    }
}

/// Checks a number of the command line.
///
/// - Throws: A `ValidationError` that names the option, the rule and what was given.
func checkOption(
    _ option: String, _ value: Double?, _ rule: String, _ isRight: (Double) -> Bool
) throws {
    guard let value, !isRight(value) else { return }
    throw ValidationError("\(option) must be \(rule), not \(value)")
}
