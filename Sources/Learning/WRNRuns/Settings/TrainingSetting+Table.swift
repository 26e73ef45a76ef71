// SPDX-License-Identifier: Apache-2.0

import WRNPlan

extension TrainingSetting {
    /// All settings of a run, in the order in which recipes and reports list them.
    package static let all: [TrainingSetting] =
        lengthTable + optimizerTable + scheduleTable + stepTable + imageTable + fineTuningTable
        + fileTable

    /// The setting with a name, also with its name in other programs or on the command line.
    package static func named(_ name: String) -> TrainingSetting? {
        let name = otherNames[name] ?? name
        return all.first { $0.name == name }
    }

    /// What took the place of settings of earlier versions, by their names, as the end of a
    /// sentence.
    static let replaced = [
        "accumulation": "set shards, whose statistics are combined in another way"
    ]

    private static let otherNames = ["lr": "learning_rate", "wd": "weight_decay"]

    // MARK: Length

    private static let lengthTable = [
        epochs, earlyStopping, stopPatience, stopMinimumChange, validateEvery, batch, shards,
        dropout, seed, limit, exclude,
    ]

    package static let epochs = integer(
        "epochs", \.epochs, 1...TrainingConfiguration.maximumEpochCount,
        Default("200", fineTuned: "10", photographs: "by their number"),
        "How often a run goes through all training images; a recipe's milestones stretch with it.",
        option: "--epochs", place: "epochs")
    package static let earlyStopping = word(
        "early_stopping", \.earlyStopping, Default("none"),
        "End the run when this metric of the validation images has not improved for stop_patience "
            + "epochs, with the model of its best epoch.",
        option: "--early-stopping", place: "early_stopping.metric")
    package static let stopPatience = integer(
        "stop_patience", \.stopPatience, 1...TrainingConfiguration.maximumEpochCount,
        Default("\(TrainingConfiguration.EarlyStopping.usualPatience)"),
        "The epochs in a row without improvement after which early stopping ends the run.",
        .earlyStopping, option: "--stop-patience", place: "early_stopping.patience")
    package static let stopMinimumChange = number(
        "stop_minimum_change", \.stopMinimumChange, .atLeast(0), Default("0"),
        "The least change of the metric of early stopping that is an improvement.",
        .earlyStopping, place: "early_stopping.minimum_change")
    package static let validateEvery = integer(
        "validate_every", \.validateEvery, 1...TrainingConfiguration.maximumEpochCount,
        Default("1"),
        "Validate after each so many epochs only, and after the last one: the others end sooner.",
        place: "validate_every")
    package static let batch = integer(
        "batch", \.batch, BatchSize.range,
        Default("128", fineTuned: "32", photographs: "by their number"),
        "The images of a step.", option: "--batch", place: "batch")
    package static let shards = power(
        "shards", \.shards, upTo: 64, Default("1"),
        "The shards of a batch, each normalised by its own statistics: computed one after the "
            + "other, to need less memory, or by several processes.",
        option: "--shards", place: "step_rules.shards")
    package static let dropout = number(
        "dropout", \.dropout, NumberRange(0..<1), Default("0", fineTuned: "the model's"),
        "The probability of dropout in each block.", option: "--dropout", place: "model.dropout")
    package static let seed = only(
        option: "--seed", "seed", .other("a whole number, 0 or more"), Default("1"),
        "What all random numbers are drawn from.", place: "seed")
    package static let limit = only(
        option: "--limit", "limit", .integer(1...Int(Int32.max)), Default("none"),
        "How many images of each split are used, the first ones.", place: "data.limit")
    package static let exclude = only(
        option: "--exclude", "exclude", .other("a file: a name of an image in each line"),
        Default("none"), "A list of images that are left out, the name of one in each line.",
        place: "data.exclusion.list")

    // MARK: Optimizer

    private static let optimizerTable = [
        optimizer, learningRate, restLearningRate, momentum, nesterov, dampening, beta1, beta2,
        epsilon, weightDecay, decayNormAndBias, normalizeFilters,
    ]

    package static let optimizer = word(
        "optimizer", \.optimizer, Default("sgd"),
        "SGD with momentum, AdamW, or Muon: orthogonalised momentum for convolutions.",
        place: "optimizer.name")
    package static let learningRate = number(
        "learning_rate", \.learningRate, .above(0),
        Default("0.1", adamW: "0.001", fineTuned: "0.03"),
        "The base learning rate: the largest of the schedule.", option: "--lr",
        place: "optimizer.learning_rate")
    package static let restLearningRate = number(
        "rest_learning_rate", \.restLearningRate, .above(0), Default("0.1", fineTuned: "0.03"),
        "The base learning rate of all but convolutions, which SGD moves beside Muon.",
        .optimizers([.muon]), place: "optimizer.rest_learning_rate")
    package static let momentum = number(
        "momentum", \.momentum, NumberRange(0..<1), Default("0.9"),
        "The momentum of SGD and Muon.", .optimizers([.sgd, .muon]), option: "--momentum",
        place: "optimizer.momentum")
    package static let nesterov = flag(
        "nesterov", \.nesterov, Default("true"),
        "Whether SGD and Muon use Nesterov's momentum.", .optimizers([.sgd, .muon]),
        place: "optimizer.nesterov")
    package static let dampening = number(
        "dampening", \.dampening, NumberRange(0...1), Default("0"), "The dampening of SGD.",
        .optimizers([.sgd]), place: "optimizer.dampening")
    package static let beta1 = number(
        "beta1", \.beta1, NumberRange(0..<1), Default("0.9"),
        "The decay of AdamW's mean of the gradients.", .optimizers([.adamW]),
        place: "optimizer.beta1")
    package static let beta2 = number(
        "beta2", \.beta2, NumberRange(0..<1), Default("0.999"),
        "The decay of AdamW's mean of the squared gradients.", .optimizers([.adamW]),
        place: "optimizer.beta2")
    package static let epsilon = number(
        "epsilon", \.epsilon, .above(0), Default("1e-08"),
        "What is added to AdamW's denominator.", .optimizers([.adamW]),
        place: "optimizer.epsilon")
    package static let weightDecay = number(
        "weight_decay", \.weightDecay, .atLeast(0),
        Default("0.0005", adamW: "0.01", fineTuned: "0.0001"), "The weight decay.",
        option: "--weight-decay", place: "optimizer.weight_decay")
    package static let decayNormAndBias = flag(
        "decay_norm_and_bias", \.decaysNormAndBias, Default("true"),
        "Whether weight decay also acts on normalisations and biases, as in the paper's code.",
        place: "step_rules.decay_norm_and_bias")
    package static let normalizeFilters = flag(
        "normalize_filters", \.normalizesFilters, Default("true", fineTuned: "false"),
        "Whether Muon scales a convolution's filters to the norm √outputs in each step; else "
            + "weight decay acts on them.",
        .optimizers([.muon]), place: "optimizer.normalize_filters")

    // MARK: Schedule

    private static let scheduleTable = [
        schedule, milestones, dropAtStart, ratio, warmupEpochs, floor, peak, startDivisor,
        endDivisor, course, patience, threshold, resetMomentum,
    ]

    package static let schedule = word(
        "schedule", \.schedule, Default("steps", fineTuned: "cosine"),
        "How the learning rate changes; steps is the paper's.", option: "--schedule",
        place: "schedule.shape")
    package static let milestones = epochs(
        "milestones", \.milestones,
        Default("60, 120 and 160 of 200, and the same shares of others"),
        "The epochs of the drops.", .schedules([.steps]),
        place: "schedule.milestones")
    package static let dropAtStart = flag(
        "drop_at_start_of_milestone", \.dropsAtStartOfMilestone, Default("false"),
        "Whether the rate drops at the start of the epoch with that number, counted from 1, as in "
            + "the paper's code; else after so many epochs.", .schedules([.steps]), place: nil)
    package static let ratio = number(
        "ratio", \.ratio, .above(0), Default("0.2, of plateau 0.1"),
        "What multiplies the rate at each drop; below 1 for plateau.",
        .schedules([.steps, .plateau]), place: "schedule.ratio")
    package static let warmupEpochs = number(
        "warmup_epochs", \.warmupEpochs, .atLeast(0),
        Default("0, of cosine a tenth of the epochs, at most 5"),
        "The epochs in which the rate first rises in a straight line.",
        .schedules([.steps, .cosine, .plateau, .constant]), place: "schedule.warmup_epochs")
    package static let floor = number(
        "floor", \.floor, NumberRange(0...1), Default("0"),
        "The share of the base rate at which the cosine ends.", .schedules([.cosine]),
        place: "schedule.floor")
    package static let peak = number(
        "peak", \.peak, NumberRange(0...1), Default("0.3"),
        "The share of the run after which the cycle is at its peak.", .schedules([.oneCycle]),
        place: "schedule.peak")
    package static let startDivisor = number(
        "start_divisor", \.startDivisor, .above(0), Default("25"),
        "The base rate divided by the first rate of the cycle.", .schedules([.oneCycle]),
        place: "schedule.start_divisor")
    package static let endDivisor = number(
        "end_divisor", \.endDivisor, .above(0), Default("10000"),
        "The first rate of the cycle divided by its last.", .schedules([.oneCycle]),
        place: "schedule.end_divisor")
    package static let course = word(
        "course", \.course, Default("cosine"),
        "The curve of the cycle from one rate to the next.", .schedules([.oneCycle]),
        place: "schedule.course")
    package static let patience = integer(
        "patience", \.patience, 0...1_000_000, Default("10"),
        "The epochs without a better validation loss that are permitted before a drop.",
        .schedules([.plateau]), place: "schedule.patience")
    package static let threshold = number(
        "threshold", \.threshold, NumberRange(0..<1), Default("0.0001"),
        "The share by which a validation loss must be lower to be better.",
        .schedules([.plateau]), place: "schedule.threshold")
    package static let resetMomentum = flag(
        "reset_momentum_at_drops", \.resetsMomentumAtDrops, Default("false"),
        "Whether the optimizer's state is cleared at each drop, as in the paper's code.",
        .schedules([.steps]), place: "step_rules.reset_momentum_at_drops")

    // MARK: Steps

    private static let stepTable = [
        precision, skipLastPartialBatch, labelSmoothing, ema, lookahead, lookaheadSteps,
        whitenedStem, clipNorm,
        classWeights,
        classWeightBeta, sampler,
    ]

    package static let precision = word(
        "precision", \.precision, Default("float32"),
        "The type of activations and their gradients; weights, sums and losses are float32.",
        option: "--precision", place: "precision")
    package static let skipLastPartialBatch = flag(
        "skip_last_partial_batch", \.skipsLastPartialBatch, Default("false"),
        "Whether an epoch leaves out a last batch that is smaller, as in the paper's code.",
        place: "step_rules.skip_last_partial_batch")
    package static let labelSmoothing = number(
        "label_smoothing", \.labelSmoothing, NumberRange(0..<1), Default("0"),
        "The share of each target that is spread over all classes.",
        place: "step_rules.label_smoothing")
    package static let ema = number(
        "ema", \.ema, NumberRange(0..<1), Default("none"),
        "The decay of an exponential moving average of the weights, which becomes the model. "
            + "0 for none.",
        place: "step_rules.ema")
    package static let lookahead = number(
        "lookahead", \.lookahead, NumberRange(0..<1), Default("none"),
        "The share of slow weights that is kept at the end, to which the weights return every few "
            + "steps, and which become the model. 0 for none.",
        place: "step_rules.lookahead.decay")
    package static let lookaheadSteps = integer(
        "lookahead_steps", \.lookaheadSteps, 1...1_000_000,
        Default("\(TrainingConfiguration.Lookahead.usualSteps)"),
        "The steps from one return to slow weights to the next.", .lookahead,
        place: "step_rules.lookahead.steps")
    package static let whitenedStem = word(
        "whitened_stem", \.whitenedStem, Default("none"),
        "Begin the first convolution with filters that whiten the patches of the training images, "
            + "and train it on or leave it frozen.",
        place: "step_rules.whitened_stem")
    package static let clipNorm = number(
        "clip_norm", \.clipNorm, .atLeast(0), Default("none"),
        "The norm to which larger gradients are scaled down, all together. 0 for none.",
        place: "step_rules.clip_norm")
    package static let classWeights = word(
        "class_weights", \.classWeights, Default("none"),
        "The weights of classes in the loss: by the inverse of their numbers of images, or by "
            + "effective numbers.",
        place: "step_rules.class_weights")
    package static let classWeightBeta = number(
        "class_weight_beta", \.classWeightBeta, NumberRange(0..<1), Default("0.999"),
        "The beta of effective numbers: 0 weighs all classes the same, near 1 by the inverse of "
            + "their numbers.", .effectiveNumbers,
        place: "step_rules.class_weight_beta")
    package static let sampler = word(
        "sampler", \.sampler, Default("uniform"),
        "How an epoch's images are drawn: each once, as many of each class, or by the square root "
            + "of the class's number.",
        place: "step_rules.sampler")

    // MARK: Images

    private static let imageTable = [
        imageSizes, imageSizeShares, plainEpochs, flip, cropPadding, cropBorder, cropScale, policy,
        jitter, lighting, erasing, cutout, mixup,
        cutmix,
    ]

    private static let suited = Default("as suits the images")

    package static let imageSizes = rising(
        "image_sizes", \.imageSizes, 1...8192, Default("none"),
        "The shorter sides of the training images in the first epochs, which are scaled down to "
            + "them; the last epochs see the whole size. [] for none.",
        place: "step_rules.growth.sizes")
    package static let imageSizeShares = rising(
        "image_size_shares", \.imageSizeShares, .between(0, 1), Default("parts of one length"),
        "The shares of the run at which the images grow, one for each of image_sizes.",
        .imageSizes, place: "step_rules.growth.shares")
    package static let plainEpochs = integer(
        "plain_epochs", \.plainEpochs, 0...TrainingConfiguration.maximumEpochCount,
        Default("none"),
        "The epochs at the end of the run that see the images without augmentation. 0 for none.",
        .augmentation, place: "step_rules.plain_epochs")
    package static let flip = flip(
        "flip", suited,
        "Whether images are mirrored half of the time; alternate: at random in the first epoch, "
            + "then in every other one.",
        option: "--no-flip", place: "augmentation.horizontal_flip")
    package static let cropPadding = integer(
        "crop_padding", \.cropPadding, 0...1024, suited,
        "The border, in pixels, from which an image-sized part is cut. 0 for none.",
        place: "augmentation.crop_padding")
    package static let cropBorder = word(
        "crop_border", \.cropBorder, Default("reflect"), "What the border shows.",
        place: "augmentation.crop_border")
    package static let cropScale = number(
        "crop_scale", \.cropScale, NumberRange(0...1), suited,
        "The least share of the area that a random resized crop keeps. 0 for no such crop.",
        option: "--crop-scale", place: "augmentation.random_resized_crop.scale")
    package static let policy = word(
        "policy", \.policy, Default("none"),
        "Random operations on colours and places: TrivialAugment or RandAugment.",
        option: "--policy", place: "augmentation.policy")
    package static let jitter = number(
        "jitter", \.jitter, NumberRange(0...1000), Default("none"),
        "By how much brightness, contrast and saturation change at most.", option: "--jitter",
        place: "augmentation.color_jitter")
    package static let lighting = number(
        "lighting", \.lighting, NumberRange(0...10), Default("none"),
        "The deviation of shifts of the colours along ImageNet's principal components. 0 for none.",
        place: "augmentation.lighting")
    package static let erasing = number(
        "erasing", \.erasing, NumberRange(0...1), Default("none"),
        "The probability that a random rectangle is erased.", option: "--erasing",
        place: "augmentation.random_erasing.probability")
    package static let cutout = integer(
        "cutout", \.cutout, 0...1024, Default("none"),
        "The side of an erased square, in pixels. 0 for none.", option: "--cutout",
        place: "augmentation.cutout")
    package static let mixup = number(
        "mixup", \.mixup, NumberRange(0...1000), Default("none"),
        "The parameter of the Beta distribution by which pairs of images are averaged. 0 for none.",
        option: "--mixup", place: "augmentation.mixup")
    package static let cutmix = number(
        "cutmix", \.cutmix, NumberRange(0...1000), Default("none"),
        "The parameter of the Beta distribution of the area taken from another image. 0 for none.",
        option: "--cutmix", place: "augmentation.cutmix")

    // MARK: Fine-tuning

    private static let fineTuningTable = [
        freeze, frozenStatistics, layerDecay, headFactor, headOnlyEpochs,
    ]

    package static let freeze = only(
        option: "--freeze", "freeze", .other("a stage: stem, group0, layer3, ..."), Default("none"),
        "The last stage that keeps its weights, with all before it.", .fineTuning,
        place: "fine_tuning.freeze")
    package static let frozenStatistics = only(
        option: "--frozen-statistics", "frozen_statistics", .flag, Default("false"),
        "Normalise by the running statistics of the weights, and keep them.", .fineTuning,
        place: "fine_tuning.frozen_statistics")
    package static let layerDecay = only(
        option: "--layer-decay", "layer_decay", .number(NumberRange(0.01...1)), Default("1"),
        "What multiplies the learning rate of a stage once for each stage above it.", .fineTuning,
        place: "fine_tuning.layer_decay")
    package static let headFactor = only(
        option: "--head-factor", "head_factor", .number(NumberRange(0.001...1000)),
        Default("3 for a new head, else 1"),
        "What multiplies the learning rate of the head.", .fineTuning,
        place: "fine_tuning.head_factor")
    package static let headOnlyEpochs = only(
        option: "--head-only-epochs", "head_only_epochs",
        .integer(0...TrainingConfiguration.maximumEpochCount), Default("0"),
        "How many epochs at the beginning train the head alone.", .fineTuning,
        place: "fine_tuning.head_only_epochs")

    // MARK: Image files

    private static let fileTable = [
        imageSize, imageChannels, validationFraction, splitSeed, classMap, maxPixels,
        allowEmptyClasses, skipBroken,
    ]

    package static let imageSize = only(
        option: "--image-size", "image", .other("N or HxW, sides of 1 to 8192 pixels"),
        Default(
            "the network's own, 32 or 224", fineTuned: "the model's", photographs: "by their size"),
        "The rows and columns to which image files are resized.", .imageFiles, place: "model.image")
    package static let imageChannels = only(
        option: "--image-channels", "image_channels", .other("1 or 3"),
        Default("3", fineTuned: "the model's"),
        "The channels of image files: 1 makes them grey, 3 is for colours.", .imageFiles,
        place: nil)
    package static let validationFraction = only(
        option: "--validation-fraction", "validation_fraction", .number(.between(0, 1)),
        Default("0.1"),
        "The fraction of each class kept for validation, where the folder has no train and val.",
        .imageFiles, place: "data.files.validation_fraction")
    package static let splitSeed = only(
        option: "--split-seed", "split_seed", .other("a whole number, 0 or more"), Default("0"),
        "What the choice of these files is drawn from.", .imageFiles,
        place: "data.files.split_seed")
    package static let classMap = only(
        option: "--class-map", "class_map",
        .other("a file: lines of FOLDER or FOLDER,NAME, or JSON"),
        Default("none"), "The numbers and names of the classes.", .imageFiles,
        place: "data.files.class_map")
    package static let maxPixels = only(
        option: "--max-pixels", "maximum_pixel_count", .integer(1...1 << 40),
        Default("178956970, as Pillow"),
        "The most pixels of an image; larger ones are refused before memory is taken.",
        .imageFiles, place: "data.files.maximum_pixel_count")
    package static let allowEmptyClasses = only(
        option: "--allow-empty-classes", "allow_empty_classes", .flag, Default("false"),
        "Permit class folders without images.", .imageFiles,
        place: "data.files.allows_empty_classes")
    package static let skipBroken = only(
        option: "--skip-broken", "skip_broken", .flag, Default("false"),
        "Leave out files that are no images, and count them.", .imageFiles,
        place: "data.files.skips_broken")
}
