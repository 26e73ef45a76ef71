// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNBatches
import WRNDatasets
import WRNGraph
import WRNModel
import WRNPlan
import WRNRuns
import WRNTensor

/// The options of a new run, besides its network; all of them are kept in the run's `config.json`.
struct NewRunOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A recipe: \(Recipe.builtIn.map(\.name).joined(separator: ", ")), or the path of one; "
                + "none for the paper's numbers, also where photographs would choose. Options "
                + "given besides replace its settings.",
            valueName: "name|file"))
    var recipe: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A setting of recipes, label_smoothing=0.1 for example; can be given several times "
                + "('wrn recipes --settings' lists all).",
            valueName: "key=value"))
    var settings: [String] = []

    @Option(help: .setting(.batch))
    var batch: Int?

    @Option(help: .setting(.shards))
    var shards: Int?

    @Option(help: .setting(.seed))
    var seed: UInt64?

    @Option(help: "Use only the first images of each split.")
    var limit: Int?

    @OptionGroup var exclusion: ExclusionOption

    // A negative number is a number, too, for the rule to refuse.
    @Option(parsing: .unconditional, help: .setting(.dropout))
    var dropout: Double?

    @Option(name: .customLong("lr"), help: .setting(.learningRate))
    var learningRate: Double?

    @Option(help: .setting(.schedule))
    var schedule: LearningRateSchedule.Name?

    @Option(help: .setting(.momentum))
    var momentum: Double?

    @Option(help: .setting(.weightDecay))
    var weightDecay: Double?

    @Option(help: .setting(.earlyStopping, valueName: "metric"))
    var earlyStopping: Recipe.StoppingMetric?

    @Option(help: .setting(.stopPatience, valueName: "epochs"))
    var stopPatience: Int?

    @Option(help: .setting(.precision, valueName: "type"))
    var precision: Precision?

    @Option(
        help: .setting(.imageSize, valueName: "N|HxW"), transform: ImageSize.init(argument:))
    var imageSize: ImageSize?

    @Flag(help: ArgumentHelp(TrainingSetting.skipBroken.meaning))
    var skipBroken = false

    @OptionGroup(title: "Image files") var files: FileOptions

    @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions

    func validate() throws {
        try checkOption(.batch, batch)
        try checkOption(.shards, shards)
        try checkOption(.limit, limit)
        try checkOption(.dropout, dropout)
        try checkOption(.learningRate, learningRate)
        try checkOption(.momentum, momentum)
        try checkOption(.weightDecay, weightDecay)
        try checkOption(.stopPatience, stopPatience)
        _ = try recipes(epochs: nil)
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--recipe", recipe != nil), ("--set", !settings.isEmpty), ("--batch", batch != nil),
            ("--shards", shards != nil), ("--seed", seed != nil), ("--limit", limit != nil),
            ("--exclude", exclusion.exclude != nil),
            ("--dropout", dropout != nil), ("--lr", learningRate != nil),
            ("--schedule", schedule != nil), ("--momentum", momentum != nil),
            ("--weight-decay", weightDecay != nil), ("--early-stopping", earlyStopping != nil),
            ("--stop-patience", stopPatience != nil), ("--precision", precision != nil),
            ("--image-size", imageSize != nil), ("--skip-broken", skipBroken),
        ]
        return all.filter(\.1).map(\.0) + files.given + augmentation.given
    }

    /// The configuration of a run on these images, already limited.
    ///
    /// - Parameter photographCount: The number of photographs by which settings are chosen; nil for
    ///   that of the training images.
    func configuration(
        network: String, source: String, epochs: Int?, train: any ImageSet,
        validation: any ImageSet, photographCount: Int? = nil
    ) throws -> TrainingConfiguration {
        try files.check(for: train, imageSize: imageSize, skipBroken: skipBroken)
        let photographs = photographs(
            .training, train, network: network, count: photographCount)
        let plan = try plan(epochs: epochs, .training(photographs: photographs))
        return try TrainingConfiguration(
            network: network, dropout: plan.recipe.dropout ?? 0, source: source, train: train,
            validation: validation, limit: limit, epochs: plan.epochs, batch: plan.batch,
            seed: seed ?? 1, recipe: recipeName(plan), optimizer: plan.optimizer,
            schedule: plan.schedule,
            augmentation: checkedAugmentation(for: train, plan, epochs: epochs),
            stepRules: plan.recipe.stepRules, precision: plan.precision,
            earlyStopping: plan.recipe.earlyStoppingRule,
            validationInterval: plan.recipe.validationInterval, skipsBroken: skipBroken)
    }

    /// The configuration of a run that goes on from `weights` on these images, already limited.
    ///
    /// - Parameter photographCount: As for a run from random weights.
    func configuration(
        _ weights: PretrainedModel, tuning: FineTuningOptions, source: String, epochs: Int?,
        train: any ImageSet, validation: any ImageSet, photographCount: Int? = nil
    ) throws -> TrainingConfiguration {
        try files.check(for: train, imageSize: imageSize, skipBroken: skipBroken)
        let photographs = photographs(
            .fineTuning, train, network: weights.description.architecture, count: photographCount)
        let plan = try plan(epochs: epochs, .fineTuning(photographs: photographs))
        return try TrainingConfiguration(
            weights, dropout: plan.recipe.dropout,
            fineTuning: tuning.fineTuning(weights, classNames: train.classNames), source: source,
            train: train, validation: validation, limit: limit, epochs: plan.epochs,
            batch: plan.batch, seed: seed ?? 1, recipe: recipeName(plan), optimizer: plan.optimizer,
            schedule: plan.schedule,
            augmentation: checkedAugmentation(for: train, plan, epochs: epochs),
            stepRules: plan.recipe.stepRules, precision: plan.precision,
            earlyStopping: plan.recipe.earlyStoppingRule,
            validationInterval: plan.recipe.validationInterval, skipsBroken: skipBroken)
    }

    /// The recipe's name as `config.json` keeps it: as it was given, or as photographs chose it.
    private func recipeName(_ plan: Plan) -> String? {
        recipe == Recipe.noneName ? nil : recipe ?? plan.recipeName
    }

    /// The options for image files for a network that is made for images of `usualSize`.
    func fileOptions(usualSize: Int) -> ImageFileOptions {
        files.options(
            height: imageSize?.height ?? usualSize, width: imageSize?.width ?? usualSize)
    }

    /// The options for image files for a model: as for those that it was trained on, unless another
    /// size is given.
    ///
    /// - Parameter side: The side of the images, where photographs choose one; nil for the model's.
    func fileOptions(
        for model: ModelDescription, side: Int? = nil
    ) throws -> ImageFileOptions {
        if let channels = files.imageChannels, channels != model.inputChannels {
            throw ValidationError(
                "--image-channels \(channels) contradicts the weights, which take images of "
                    + "\(model.inputChannels); leave it out, or choose other weights")
        }
        var options = files.options(
            height: imageSize?.height ?? side ?? model.inputHeight,
            width: imageSize?.width ?? side ?? model.inputWidth, channels: model.inputChannels)
        let isModels = (options.height, options.width) == (model.inputHeight, model.inputWidth)
        if imageSize == nil, isModels { options.preparation = model.preparation }
        return options
    }
}
