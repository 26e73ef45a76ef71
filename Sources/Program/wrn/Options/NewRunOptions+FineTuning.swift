// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNModel
import WRNRuns

extension NewRunOptions {
    /// How image files are read for a model: as for those that it was trained on, unless another
    /// size is asked for.
    func fileOptions(for model: ModelDescription) throws -> ImageFileOptions {
        if let channels = files.imageChannels, channels != model.inputChannels {
            throw ValidationError(
                "--image-channels \(channels) contradicts the weights, which take images of "
                    + "\(model.inputChannels); leave it out, or choose other weights")
        }
        var options = files.options(
            height: imageSize?.height ?? model.inputHeight,
            width: imageSize?.width ?? model.inputWidth, channels: model.inputChannels)
        if imageSize == nil { options.preparation = model.preparation }
        return options
    }

    /// The configuration of a run that goes on from `weights` on these images, already limited.
    func configuration(
        _ weights: PretrainedModel, tuning: FineTuningOptions, source: String, epochs: Int?,
        train: any ImageSet, validation: any ImageSet
    ) throws -> TrainingConfiguration {
        try checkFileOptions(for: train)
        let plan = try plan(epochs: epochs, RunDefaults.fineTuning)
        return try TrainingConfiguration(
            weights, dropout: plan.recipe.dropout,
            fineTuning: tuning.fineTuning(weights, classNames: train.classNames), source: source,
            train: train, validation: validation, limit: limit, epochs: plan.epochs,
            batch: plan.batch,
            seed: seed ?? 1, recipe: recipe, optimizer: plan.optimizer, schedule: plan.schedule,
            augmentation: augmentation.augmentation(for: train, plan.recipe),
            stepRules: plan.recipe.stepRules, skipsBroken: skipBroken)
    }
}
