// SPDX-License-Identifier: Apache-2.0

extension TrainingConfiguration {
    /// What a step does beside the optimizer's rule; by default what PyTorch users write, with the paper's weight decay on everything.
    public struct StepRules: Codable, Hashable, Sendable {
        /// The share of each target that is spread evenly over all classes, in `0 ..< 1`.
        ///
        ///     t = (1 - ε) · t + ε / classes
        ///
        /// - Reference: Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7.
        public var labelSmoothing: Double
        /// The share of the averaged weights that each step keeps, in `0 ..< 1`; nil to keep no average.
        ///
        /// The average is what is evaluated and kept as the model. While it is young it keeps less, `(1 + t) / (10 + t)` after t steps.
        public var averageDecay: Double?
        /// The length beyond which all gradients together are shortened; nil to take them as they are.
        public var maximumGradientNorm: Double?
        /// The parts in which a batch is computed, one after the other, so that it needs less memory.
        ///
        /// Each part is normalised by its own statistics.
        public var parts: Int
        /// Whether weight decay also pulls the scales and shifts of normalisations and the biases, as in the paper's code.
        public var decaysVectors: Bool
        /// Whether an epoch ends before a batch that would be smaller than the others, as in the paper's code.
        public var skipsLastPartialBatch: Bool
        /// Whether the optimizer begins anew where the learning rate drops, as in the paper's code.
        public var resetsMomentumAtDrops: Bool

        /// Collects the rules.
        public init(
            labelSmoothing: Double = 0, averageDecay: Double? = nil,
            maximumGradientNorm: Double? = nil, parts: Int = 1, decaysVectors: Bool = true,
            skipsLastPartialBatch: Bool = false, resetsMomentumAtDrops: Bool = false
        ) {
            self.labelSmoothing = labelSmoothing
            self.averageDecay = averageDecay
            self.maximumGradientNorm = maximumGradientNorm
            self.parts = parts
            self.decaysVectors = decaysVectors
            self.skipsLastPartialBatch = skipsLastPartialBatch
            self.resetsMomentumAtDrops = resetsMomentumAtDrops
        }
    }
}

extension TrainingConfiguration.StepRules {
    /// The share of the average that the step after `steps` others keeps.
    func averageDecay(afterSteps steps: Int) -> Double? {
        averageDecay.map { min($0, (1 + Double(steps)) / (10 + Double(steps))) }
    }

    /// What is wrong with the numbers, or nil.
    func problem(batch: Int) -> String? {
        if !(0..<1).contains(labelSmoothing) {
            return "the label smoothing must be at least 0 and below 1, not \(labelSmoothing)"
        }
        if let averageDecay, !(0..<1).contains(averageDecay) {
            return "the decay of averaged weights must be at least 0 and below 1, "
                + "not \(averageDecay)"
        }
        if let norm = maximumGradientNorm, !(norm > 0 && norm.isFinite) {
            return "the largest norm of gradients must be above 0, not \(norm)"
        }
        guard (1...batch).contains(parts) else {
            return "a batch of \(batch) images is computed in 1 to \(batch) parts, not \(parts)"
        }
        return nil
    }
}
