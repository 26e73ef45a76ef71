// SPDX-License-Identifier: Apache-2.0

extension TrainingConfiguration {
    /// Slow weights that follow the weights, and to which the weights return every few steps.
    ///
    /// After t of the run's T steps, where t is a multiple of ``steps``:
    ///
    ///     slow = d · slow + (1 - d) · weights;   weights = slow;   d = decay · (t / T)³
    ///
    /// running statistics included. The slow weights are what is evaluated and kept as the model.
    ///
    /// - Reference: Zhang et al. 2019, "Lookahead Optimizer: k steps forward, 1 step back"; with
    ///   the rising decay of airbench94 (Jordan 2024), whose ``decay`` is 0.95⁵.
    public struct Lookahead: Codable, Hashable, Sendable {
        /// The share of the slow weights that is kept at the end of the run, in `0 ..< 1`.
        public var decay: Double
        /// The steps from one return to the next.
        public var steps: Int

        /// The usual number of steps.
        public static let usualSteps = 5

        /// Collects the constants.
        public init(decay: Double, steps: Int = usualSteps) {
            self.decay = decay
            self.steps = steps
        }

        /// The share of the slow weights that is kept after `done` of `all` steps of a run; nil
        /// where the weights do not return.
        ///
        /// A search for a learning rate may take more steps than the run has: after its end the
        /// share stays ``decay``.
        package func decay(afterSteps done: Int, of all: Int) -> Double? {
            guard done.isMultiple(of: steps) else { return nil }
            let share = min(Double(done) / Double(all), 1)
            return decay * share * share * share
        }

        var problem: String? {
            // The setting takes 0 for none, which is nil in the rules.
            decay == 0
                ? "the decay of slow weights must be above 0 and below 1, not 0.0"
                : TrainingSetting.lookahead.problem(decay, called: "the decay of slow weights")
                    ?? TrainingSetting.lookaheadSteps.problem(
                        steps, called: "the steps between returns to slow weights")
        }
    }

    /// The rules of a step besides the optimizer's; by default those usual in PyTorch, with the
    /// paper's weight decay on all parameters.
    public struct StepRules: Codable, Hashable, Sendable {
        /// The share of each target that is spread evenly over all classes, in `0 ..< 1`.
        ///
        ///     t = (1 - ε) · t + ε / classes
        ///
        /// - Reference: Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
        public var labelSmoothing: Double
        /// The decay of an exponential moving average of the weights, in `0 ..< 1`; nil for none.
        ///
        /// The average is what is evaluated and kept as the model. After t steps its decay is at
        /// most `(1 + t) / (10 + t)`, so that the first weights soon lose their influence.
        public var ema: Double?
        /// The largest norm of all gradients together; larger gradients are scaled down to it.
        ///
        /// Nil for no limit.
        public var clipNorm: Double?
        /// The number of epochs at the end of the run whose images are not augmented, fewer than
        /// all of them; nil for none.
        public var plainEpochs: Int?
        /// The smaller images of the first epochs; nil for none.
        public var growth: ImageGrowth?
        /// What becomes of a stem that begins with filters which whiten patches; nil for one that
        /// begins at random.
        public var whitenedStem: WhitenedStem?
        /// The slow weights that the weights return to; nil for none.
        public var lookahead: Lookahead?
        /// The number of shards in which a batch is computed, one after the other so that it needs
        /// less memory, or by several processes: 1, 2, 4 and so on to 64.
        ///
        /// Each shard is normalised by its own statistics. Gradients, running statistics and losses
        /// are added in one fixed order, and divided by those of the whole batch, so that the
        /// result does not depend on who computes which shard.
        public var shards: Int
        /// Whether weight decay also acts on the scales and shifts of normalisations and on biases,
        /// as in the paper's code.
        public var decaysNormAndBias: Bool
        /// Whether an epoch ends before a batch that would be smaller than the others, as in the
        /// paper's code.
        public var skipsLastPartialBatch: Bool
        /// Whether the optimizer's state is cleared where the learning rate drops, as in the
        /// paper's code.
        public var resetsMomentumAtDrops: Bool
        /// The weights of the classes in the loss.
        public var classWeights: ClassWeights
        /// The β of ``ClassWeights/effectiveNumber``, in `0 ..< 1`.
        public var classWeightBeta: Double
        /// How the images of an epoch are drawn.
        public var sampler: Sampler

        /// The parts in which a run of an earlier version computed its batches, 2 or more; nil for
        /// all others.
        ///
        /// They are no shards: each part moved the running statistics that the one before had left
        /// behind. Such a run is read and evaluated, and no longer trained.
        package private(set) var accumulation: Int?

        /// The usual β of the effective number.
        public static let usualClassWeightBeta = 0.999

        /// Creates rules from their numbers.
        public init(
            labelSmoothing: Double = 0, ema: Double? = nil, clipNorm: Double? = nil,
            plainEpochs: Int? = nil, growth: ImageGrowth? = nil,
            whitenedStem: WhitenedStem? = nil, lookahead: Lookahead? = nil,
            shards: Int = 1, decaysNormAndBias: Bool = true,
            skipsLastPartialBatch: Bool = false, resetsMomentumAtDrops: Bool = false,
            classWeights: ClassWeights = .none, classWeightBeta: Double = usualClassWeightBeta,
            sampler: Sampler = .uniform
        ) {
            self.labelSmoothing = labelSmoothing
            self.ema = ema
            self.clipNorm = clipNorm
            self.plainEpochs = plainEpochs
            self.growth = growth
            self.whitenedStem = whitenedStem
            self.lookahead = lookahead
            self.shards = shards
            self.decaysNormAndBias = decaysNormAndBias
            self.skipsLastPartialBatch = skipsLastPartialBatch
            self.resetsMomentumAtDrops = resetsMomentumAtDrops
            self.classWeights = classWeights
            self.classWeightBeta = classWeightBeta
            self.sampler = sampler
        }

        /// The keys of JSON, which are the names of the settings, before their letters become small
        /// and words are separated by `_`.
        private enum CodingKeys: String, CodingKey {
            case labelSmoothing, ema, clipNorm, plainEpochs, growth, whitenedStem, lookahead
            case shards, accumulation
            case decaysNormAndBias = "decayNormAndBias"
            case skipsLastPartialBatch = "skipLastPartialBatch"
            case resetsMomentumAtDrops = "resetMomentumAtDrops"
            case classWeights, classWeightBeta, sampler
        }

        /// The keys of version 2 of the format.
        private enum EarlierKeys: String, CodingKey {
            case averageDecay, maximumGradientNorm, parts, decaysVectors
            case skipsLastPartialBatch, resetsMomentumAtDrops
        }

        /// Reads the part of a `config.json`, also of an earlier version.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            let earlier = try decoder.container(keyedBy: EarlierKeys.self)
            func value<Value: Decodable>(_ key: CodingKeys, _ old: EarlierKeys) throws -> Value {
                try earlier.decodeIfPresent(Value.self, forKey: old)
                    ?? values.decode(Value.self, forKey: key)
            }
            labelSmoothing = try values.decode(Double.self, forKey: .labelSmoothing)
            ema =
                try earlier.decodeIfPresent(Double.self, forKey: .averageDecay)
                ?? values.decodeIfPresent(Double.self, forKey: .ema)
            clipNorm =
                try earlier.decodeIfPresent(Double.self, forKey: .maximumGradientNorm)
                ?? values.decodeIfPresent(Double.self, forKey: .clipNorm)
            plainEpochs = try values.decodeIfPresent(Int.self, forKey: .plainEpochs)
            growth = try values.decodeIfPresent(ImageGrowth.self, forKey: .growth)
            whitenedStem = try values.decodeIfPresent(WhitenedStem.self, forKey: .whitenedStem)
            lookahead = try values.decodeIfPresent(Lookahead.self, forKey: .lookahead)
            // Versions before 8 have parts in the place of shards.
            if let shards = try values.decodeIfPresent(Int.self, forKey: .shards) {
                self.shards = shards
                accumulation = try values.decodeIfPresent(Int.self, forKey: .accumulation)
            } else {
                shards = 1
                let parts: Int = try value(.accumulation, .parts)
                accumulation = parts > 1 ? parts : nil
            }
            decaysNormAndBias = try value(.decaysNormAndBias, .decaysVectors)
            skipsLastPartialBatch = try value(.skipsLastPartialBatch, .skipsLastPartialBatch)
            resetsMomentumAtDrops = try value(.resetsMomentumAtDrops, .resetsMomentumAtDrops)
            // Versions before 5 have none of these.
            classWeights =
                try values.decodeIfPresent(ClassWeights.self, forKey: .classWeights) ?? .none
            classWeightBeta =
                try values.decodeIfPresent(Double.self, forKey: .classWeightBeta)
                ?? Self.usualClassWeightBeta
            sampler = try values.decodeIfPresent(Sampler.self, forKey: .sampler) ?? .uniform
        }

        /// Whether the stem begins with filters that whiten patches.
        var whitensStem: Bool { (whitenedStem ?? WhitenedStem.none) != WhitenedStem.none }

        /// The decay of the average in the step after `steps` others.
        package func ema(afterSteps steps: Int) -> Double? {
            ema.map { min($0, (1 + Double(steps)) / (10 + Double(steps))) }
        }

        /// The sentence about the first invalid number; nil when all are valid.
        func problem(batch: Int, epochs: Int) -> String? {
            if let problem = TrainingSetting.labelSmoothing.problem(
                labelSmoothing, called: "the label smoothing")
                ?? ema.flatMap({
                    TrainingSetting.ema.problem($0, called: "the decay of averaged weights")
                })
                ?? TrainingSetting.classWeightBeta.problem(
                    classWeightBeta, called: "the beta of class weights")
            {
                return problem
            }
            // The settings take 0 for none, which is nil here.
            let most = TrainingConfiguration.maximumEpochCount
            if let plainEpochs, !(1...most).contains(plainEpochs) {
                return
                    "the epochs without augmentation must be in 1...\(most), not \(plainEpochs)"
            }
            if let plainEpochs, plainEpochs >= epochs {
                return
                    "the last \(plainEpochs) epochs without augmentation (plain_epochs) leave none "
                    + "with it in a run of \(epochs): choose fewer of them, or none"
            }
            if let clipNorm, !(clipNorm > 0 && clipNorm.isFinite) {
                return "the largest norm of gradients must be above 0, not \(clipNorm)"
            }
            if let problem = growth?.problem ?? lookahead?.problem { return problem }
            if ema != nil, lookahead != nil {
                return "averaged weights (ema) and slow weights (lookahead) exclude each other: "
                    + "either would be the model; choose one"
            }
            if let problem = TrainingSetting.shards.problem(
                shards, called: "the number of shards")
            {
                return problem
            }
            guard shards <= batch else {
                return
                    "a batch of \(batch) images has no image for each of \(shards) shards: choose "
                    + "fewer shards, or a larger batch"
            }
            return nil
        }

        /// Refuses to train by the rules of an earlier version that this one does not have.
        ///
        /// - Throws: A ``TrainingError`` with the code `invalidConfiguration`.
        package func checkTrainable(run path: String) throws(TrainingError) {
            guard let accumulation else { return }
            throw TrainingError(
                .invalidConfiguration,
                "\(path): an earlier version began the run, whose batches are computed in "
                    + "\(accumulation) parts (accumulation), and this one computes shards, which "
                    + "have other statistics; resume it with the version that began it, or begin a "
                    + "new run with shards")
        }
    }
}
