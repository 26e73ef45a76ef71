// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNPlan

extension LearningRateSchedule {
    /// The kinds of schedules, by their names in recipes and on the command line.
    public enum Name: String, CaseIterable, Hashable, Sendable {
        /// Drops at milestones.
        case steps
        /// Half a cosine wave.
        case cosine
        /// Up and down once.
        case oneCycle = "one-cycle"
        /// Drops when the validation loss stops falling.
        case plateau
        /// No change.
        case constant
    }
}

extension Recipe {
    /// The optimizer, with `base` for what the recipe does not set.
    ///
    /// - Parameter isFineTuning: Whether the weights are good already, whose norms Muon keeps.
    public func optimizer(_ base: SGD = SGD(), isFineTuning: Bool = false) -> Optimizer {
        switch optimizer ?? .sgd {
        case .sgd:
            return .sgd(
                SGD(
                    learningRate: learningRate ?? base.learningRate,
                    momentum: momentum ?? base.momentum, dampening: dampening ?? base.dampening,
                    nesterov: nesterov ?? base.nesterov,
                    weightDecay: weightDecay ?? base.weightDecay))
        case .adamW:
            let usual = AdamW()
            return .adamW(
                AdamW(
                    learningRate: learningRate ?? usual.learningRate, beta1: beta1 ?? usual.beta1,
                    beta2: beta2 ?? usual.beta2, epsilon: epsilon ?? usual.epsilon,
                    weightDecay: weightDecay ?? usual.weightDecay))
        case .muon:
            return .muon(
                Muon(
                    learningRate: learningRate ?? base.learningRate,
                    restLearningRate: restLearningRate ?? base.learningRate,
                    momentum: momentum ?? base.momentum, nesterov: nesterov ?? base.nesterov,
                    weightDecay: weightDecay ?? base.weightDecay,
                    normalizesFilters: normalizesFilters ?? !isFineTuning))
        }
    }

    /// The schedule of a run of `epochs`, of which the recipe was made for `whole`.
    ///
    /// - Parameter usual: The kind where the recipe names none.
    /// - Precondition: `whole` is 1 or more: milestones are shares of it.
    public func schedule(
        _ usual: LearningRateSchedule.Name = .steps, epochs: Int, of whole: Int
    ) -> LearningRateSchedule {
        switch schedule ?? usual {
        case .constant:
            return LearningRateSchedule(.constant, warmupEpochs: warmupEpochs ?? 0)
        case .steps:
            let drops = LearningRateSchedule.milestones(
                milestones ?? [60, 120, 160], of: milestones == nil ? 200 : whole, in: epochs)
            return .steps(
                milestones: dropsAtStartOfMilestone == true
                    ? drops.map { $0 - 1 }.filter { $0 > 0 } : drops,
                ratio: ratio ?? 0.2, warmupEpochs: warmupEpochs ?? 0)
        case .cosine:
            // A tenth of a short run, at most five epochs.
            return .cosine(
                warmupEpochs: warmupEpochs ?? min(Double(epochs) / 10, 5), floor: floor ?? 0)
        case .oneCycle:
            let usual = LearningRateSchedule.OneCycle()
            return LearningRateSchedule(
                .oneCycle(
                    LearningRateSchedule.OneCycle(
                        peak: peak ?? usual.peak, startDivisor: startDivisor ?? usual.startDivisor,
                        endDivisor: endDivisor ?? usual.endDivisor, course: course ?? usual.course)),
                warmupEpochs: warmupEpochs ?? 0)
        case .plateau:
            let usual = LearningRateSchedule.Plateau()
            return .plateau(
                LearningRateSchedule.Plateau(
                    ratio: ratio ?? usual.ratio, patience: patience ?? usual.patience,
                    threshold: threshold ?? usual.threshold), warmupEpochs: warmupEpochs ?? 0)
        }
    }

    /// The rules of a step besides the optimizer's.
    public var stepRules: TrainingConfiguration.StepRules {
        TrainingConfiguration.StepRules(
            labelSmoothing: labelSmoothing ?? 0,
            ema: Self.unlessNone(ema),
            clipNorm: Self.unlessNone(clipNorm), plainEpochs: Self.unlessNone(plainEpochs),
            growth: imageSizes.flatMap { sizes in
                sizes.isEmpty
                    ? nil
                    : TrainingConfiguration.ImageGrowth(sizes: sizes, shares: imageSizeShares)
            },
            whitenedStem: whitenedStem == TrainingConfiguration.WhitenedStem.none
                ? nil : whitenedStem,
            lookahead: Self.unlessNone(lookahead).map {
                TrainingConfiguration.Lookahead(
                    decay: $0,
                    steps: lookaheadSteps ?? TrainingConfiguration.Lookahead.usualSteps)
            },
            shards: shards ?? 1, decaysNormAndBias: decaysNormAndBias ?? true,
            skipsLastPartialBatch: skipsLastPartialBatch ?? false,
            resetsMomentumAtDrops: resetsMomentumAtDrops ?? false,
            classWeights: classWeights ?? .none,
            classWeightBeta: classWeightBeta
                ?? TrainingConfiguration.StepRules.usualClassWeightBeta,
            sampler: sampler ?? .uniform)
    }

    /// The rule by which a run ends before its last epoch; nil for none.
    public var earlyStoppingRule: TrainingConfiguration.EarlyStopping? {
        let metric: TrainingConfiguration.EarlyStopping.Metric
        switch earlyStopping {
        case nil, StoppingMetric.none?: return nil
        case .loss: metric = .loss
        case .accuracy: metric = .accuracy
        case .balancedAccuracy: metric = .balancedAccuracy
        }
        return TrainingConfiguration.EarlyStopping(
            metric,
            patience: stopPatience ?? TrainingConfiguration.EarlyStopping.usualPatience,
            minimumChange: stopMinimumChange ?? 0)
    }

    /// The epochs from one validation to the next; nil for every epoch.
    public var validationInterval: Int? { validateEvery == 1 ? nil : validateEvery }

    /// The augmentation: `base` with the recipe's changes.
    public func augmentation(_ base: Augmentation) -> Augmentation {
        var result = base
        if let flip { result.horizontalFlip = flip }
        if let cropPadding { result.cropPadding = cropPadding }
        if let cropBorder { result.cropBorder = cropBorder }
        if let cropScale {
            // Validation refuses an invalid share; a range must be able to hold it before that.
            let least = cropScale.isNaN ? -1 : cropScale
            result.randomResizedCrop =
                least == 0 ? nil : Augmentation.RandomResizedCrop(scale: least...max(least, 1))
        }
        switch policy {
        case nil: break
        case PolicyName.none?: result.policy = nil
        case .trivial: result.policy = .trivialAugmentWide
        case .rand: result.policy = .randAugment()
        }
        if let jitter {
            result.colorJitter =
                jitter == 0
                ? nil
                : Augmentation.ColorJitter(brightness: jitter, contrast: jitter, saturation: jitter)
        }
        if let lighting { result.lighting = Self.unlessNone(lighting) }
        if let erasing {
            result.randomErasing = Self.unlessNone(erasing).map {
                Augmentation.RandomErasing(probability: $0)
            }
        }
        if let cutout { result.cutout = Self.unlessNone(cutout) }
        if let mixup { result.mixup = Self.unlessNone(mixup) }
        if let cutmix { result.cutmix = Self.unlessNone(cutmix) }
        return result
    }

    /// A number, or nil for 0, by which recipes switch something off; an invalid number is left to
    /// validation.
    private static func unlessNone<Number: Numeric>(_ number: Number?) -> Number? {
        number.flatMap { $0 == .zero ? nil : $0 }
    }
}
