// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNPlan

/// A named way of training: a small file of settings, each of which a run may replace.
///
/// What a recipe does not say is as without one: the paper's numbers, and the augmentation that suits the images. ``settings`` lists what it
/// can say.
public struct Recipe: Hashable, Sendable {
    /// The recipe's name: that of its file, without the ending.
    public var name: String
    /// What it is for, in a sentence or two.
    public var summary = ""

    /// How often a run goes through all images.
    public var epochs: Int?
    /// The images of a step.
    public var batch: Int?
    /// The parts in which a batch is computed.
    public var parts: Int?
    /// The probability of dropout.
    public var dropout: Double?

    /// The rule by which gradients move weights.
    public var optimizer: Optimizer.Name?
    /// The learning rate from which the schedule starts.
    public var learningRate: Double?
    /// The momentum of SGD.
    public var momentum: Double?
    /// Whether SGD looks ahead along its velocity.
    public var nesterov: Bool?
    /// The dampening of SGD.
    public var dampening: Double?
    /// The constants of AdamW.
    public var beta1, beta2, epsilon: Double?
    /// The weight decay.
    public var weightDecay: Double?
    /// Whether it also pulls normalisations and biases.
    public var decaysVectors: Bool?

    /// The kind of schedule.
    public var schedule: LearningRateSchedule.Name?
    /// The epochs at which the schedule `steps` drops.
    public var milestones: [Int]?
    /// Whether milestones are epochs, counted from 1, at whose start the rate drops; otherwise it drops after so many epochs.
    public var dropsAtStart: Bool?
    /// What multiplies the rate at each drop.
    public var ratio: Double?
    /// The epochs of the warm-up.
    public var warmupEpochs: Double?
    /// The share of the rate at which the cosine ends.
    public var floor: Double?
    /// The numbers of the cycle.
    public var peak, startDivisor, endDivisor: Double?
    /// The way of the cycle from one rate to the next.
    public var course: OneCycle.Course?
    /// The epochs that a plateau waits.
    public var patience: Int?
    /// How much better a loss must be for a plateau.
    public var threshold: Double?

    /// Whether the optimizer begins anew at each drop.
    public var resetsMomentumAtDrops: Bool?
    /// Whether the last partial batch is skipped.
    public var skipsLastPartialBatch: Bool?
    /// The share of each target that is spread over all classes.
    public var labelSmoothing: Double?
    /// The share of the averaged weights that a step keeps; 0 for no average.
    public var averageDecay: Double?
    /// The largest norm of the gradients; 0 for none.
    public var maximumGradientNorm: Double?

    /// Whether images are mirrored.
    public var flip: Bool?
    /// The border of the padded crop.
    public var cropPadding: Int?
    /// What the border shows.
    public var cropBorder: Augmentation.Border?
    /// The least share of the area that a random resized crop keeps; 0 for no such crop.
    public var cropScale: Double?
    /// A set of operations to draw from.
    public var policy: PolicyName?
    /// How much colours change.
    public var jitter: Double?
    /// The deviation of shifts of the colours; 0 for none.
    public var lighting: Double?
    /// The probability that a rectangle is erased.
    public var erasing: Double?
    /// The side of an erased square; 0 for none.
    public var cutout: Int?
    /// The parameters by which images are mixed; 0 for not at all.
    public var mixup, cutmix: Double?

    /// Sets of operations.
    public enum PolicyName: String, CaseIterable, Hashable, Sendable {
        /// No operations.
        case none
        /// TrivialAugmentWide.
        case trivial
        /// RandAugment.
        case rand
    }

    /// A recipe that says nothing.
    public init(name: String) {
        self.name = name
    }
}
