// SPDX-License-Identifier: Apache-2.0

extension Recipe {
    /// All settings, in the order in which recipes write them.
    public static let settings: [RecipeSetting] =
        length + optimizing + scheduling + stepRules + images

    private static let length: [RecipeSetting] = [
        .integer(
            "epochs", \.epochs, 1...TrainingConfiguration.maximumEpochCount,
            "How often a run goes through all images. Milestones of the recipe stretch with it."),
        .integer("batch", \.batch, 1...65_536, "The images of a step."),
        .integer(
            "accumulation", \.accumulation, 1...65_536,
            "The parts in which a batch is computed, to need less memory; gradients are added."),
        .number("dropout", \.dropout, "a number in 0..<1", "The probability of dropout.") {
            $0 >= 0 && $0 < 1
        },
    ]

    private static let optimizing: [RecipeSetting] = [
        .choice("optimizer", \.optimizer, "SGD with momentum, or AdamW."),
        .number(
            "learning_rate", \.learningRate, "a number above 0",
            "The base rate: the largest of the schedule."
        ) { $0 > 0 && $0.isFinite },
        .number("momentum", \.momentum, "a number in 0..<1", "The momentum of SGD.") {
            $0 >= 0 && $0 < 1
        },
        .flag("nesterov", \.nesterov, "Whether SGD looks ahead along its velocity."),
        .number("dampening", \.dampening, "a number in 0...1", "The dampening of SGD.") {
            $0 >= 0 && $0 <= 1
        },
        .number(
            "beta1", \.beta1, "a number in 0..<1", "The share of the mean gradient AdamW keeps."
        ) { $0 >= 0 && $0 < 1 },
        .number(
            "beta2", \.beta2, "a number in 0..<1",
            "The share of the mean squared gradient AdamW keeps."
        ) { $0 >= 0 && $0 < 1 },
        .number(
            "epsilon", \.epsilon, "a number above 0", "What keeps AdamW's denominator from zero."
        ) { $0 > 0 && $0.isFinite },
        .number("weight_decay", \.weightDecay, "a number, 0 or more", "The weight decay.") {
            $0 >= 0 && $0.isFinite
        },
        .flag(
            "decay_norm_and_bias", \.decaysNormAndBias,
            "Whether weight decay also pulls normalisations and biases, as the paper's code does."),
    ]

    private static let scheduling: [RecipeSetting] = [
        .choice("schedule", \.schedule, "How the learning rate changes."),
        .integers("milestones", \.milestones, "The epochs of the drops of the schedule steps."),
        .flag(
            "drop_at_start_of_milestone", \.dropsAtStartOfMilestone,
            "Whether the rate drops at the start of the epoch with that number, counted from 1, as the "
                + "paper's code does; else after so many epochs."),
        .number(
            "ratio", \.ratio, "a number above 0",
            "What multiplies the rate at each drop of steps or plateau."
        ) { $0 > 0 && $0.isFinite },
        .number(
            "warmup_epochs", \.warmupEpochs, "a number, 0 or more",
            "The epochs in which the rate first rises in a straight line; not for one-cycle."
        ) { $0 >= 0 && $0.isFinite },
        .number(
            "floor", \.floor, "a number in 0...1", "The share of the rate at which cosine ends."
        ) { $0 >= 0 && $0 <= 1 },
        .number(
            "peak", \.peak, "a number in 0...1",
            "The share of the run after which one-cycle is at its peak."
        ) { $0 >= 0 && $0 <= 1 },
        .number(
            "start_divisor", \.startDivisor, "a number above 0",
            "The base rate divided by the first rate of one-cycle."
        ) { $0 > 0 && $0.isFinite },
        .number(
            "end_divisor", \.endDivisor, "a number above 0",
            "The first rate of one-cycle divided by its last."
        ) { $0 > 0 && $0.isFinite },
        .choice("course", \.course, "The way of one-cycle from one rate to the next."),
        .integer(
            "patience", \.patience, 0...1_000_000,
            "The epochs that plateau waits for a better validation loss."),
        .number(
            "threshold", \.threshold, "a number in 0..<1",
            "The share by which a validation loss must be better for plateau."
        ) { $0 >= 0 && $0 < 1 },
        .flag(
            "reset_momentum_at_drops", \.resetsMomentumAtDrops,
            "Whether the optimizer begins anew at each drop of steps, as the paper's code does."),
    ]

    private static let stepRules: [RecipeSetting] = [
        .flag(
            "skip_last_partial_batch", \.skipsLastPartialBatch,
            "Whether an epoch leaves out a last batch that is smaller, as the paper's code does."),
        .number(
            "label_smoothing", \.labelSmoothing, "a number in 0..<1",
            "The share of each target that is spread over all classes."
        ) { $0 >= 0 && $0 < 1 },
        .number(
            "ema", \.ema, "a number in 0..<1",
            "The share of the averaged weights that a step keeps; the average is the model. 0 for none."
        ) { $0 >= 0 && $0 < 1 },
        .number(
            "clip_norm", \.clipNorm, "a number, 0 or more",
            "The length beyond which all gradients together are shortened. 0 for none."
        ) { $0 >= 0 && $0.isFinite },
    ]

    private static let images: [RecipeSetting] = [
        .flag("flip", \.flip, "Whether images are mirrored half of the time."),
        .integer(
            "crop_padding", \.cropPadding, 0...1024,
            "The border, in pixels, from which an image-sized part is cut. 0 for none."),
        .choice("crop_border", \.cropBorder, "What the border shows."),
        .number(
            "crop_scale", \.cropScale, "a number in 0...1",
            "The least share of the area that a random resized crop keeps. 0 for no such crop."
        ) { $0 >= 0 && $0 <= 1 },
        .choice(
            "policy", \.policy, "Operations on colours and places: TrivialAugment, RandAugment."),
        .number(
            "jitter", \.jitter, "a number, 0 or more",
            "How much brightness, contrast and saturation change."
        ) { $0 >= 0 && $0.isFinite },
        .number(
            "lighting", \.lighting, "a number in 0...10",
            "The deviation of shifts of the colours along ImageNet's principal components. 0 for none."
        ) { $0 >= 0 && $0 <= 10 },
        .number(
            "erasing", \.erasing, "a number in 0...1", "The probability that a rectangle is erased."
        ) { $0 >= 0 && $0 <= 1 },
        .integer("cutout", \.cutout, 0...1024, "The side of an erased square. 0 for none."),
        .number(
            "mixup", \.mixup, "a number, 0 or more",
            "The parameter of the Beta distribution by which images are averaged. 0 for none."
        ) { $0 >= 0 && $0.isFinite },
        .number(
            "cutmix", \.cutmix, "a number, 0 or more",
            "The parameter of the Beta distribution of the area from another image. 0 for none."
        ) { $0 >= 0 && $0.isFinite },
    ]
}
