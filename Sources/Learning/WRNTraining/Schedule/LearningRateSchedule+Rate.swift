// SPDX-License-Identifier: Apache-2.0

extension LearningRateSchedule {
    /// The learning rate of a step.
    ///
    ///     base · (step + 1) / warmup                                                          while step < warmup
    ///     steps     base · ratio^(milestones reached)
    ///     cosine    base · (floor + (1 - floor) · (1 + cos(π · (step - warmup) / (steps - warmup))) / 2)
    ///     plateau   base · ratio^(reductions after the epochs so far)
    ///
    /// - Parameters:
    ///   - step: The number of the step in the run, from 0.
    ///   - epochs: The length of the run; the cosine and the cycle depend on it.
    ///   - validationLosses: The validation losses of the complete epochs; only a plateau depends on them.
    /// - Precondition: `stepsPerEpoch` is 1 or more.
    public func learningRate(
        base: Double, step: Int, stepsPerEpoch: Int, epochs: Int, validationLosses: [Double] = []
    ) -> Double {
        precondition(stepsPerEpoch >= 1, "an epoch has 1 step or more, not \(stepsPerEpoch)")
        let warmup = (warmupEpochs * Double(stepsPerEpoch)).rounded()
        if Double(step) < warmup { return base * Double(step + 1) / warmup }
        let steps = epochs * stepsPerEpoch
        switch shape {
        case .constant:
            return base
        case .steps(let milestones, let ratio):
            let epoch = step / stepsPerEpoch
            return milestones.reduce(base) { epoch >= $1 ? $0 * ratio : $0 }
        case .cosine(let floor):
            let length = Double(steps) - warmup
            guard length > 0 else { return base }
            let wave =
                (1 + SystemFunction.cosine(.pi * min((Double(step) - warmup) / length, 1))) / 2
            return base * (floor + (1 - floor) * wave)
        case .oneCycle(let cycle):
            return cycle.learningRate(base: base, step: step, steps: steps)
        case .plateau(let plateau):
            let complete = validationLosses.prefix(step / stepsPerEpoch)
            return (0..<plateau.reductions(complete)).reduce(base) { rate, _ in
                plateau.reduced(rate)
            }
        }
    }

    /// What is wrong with the schedule's numbers, or nil.
    func problem(epochs: Int) -> String? {
        if !(warmupEpochs >= 0 && warmupEpochs <= Double(epochs)) {
            return "the warm-up must be 0 to \(epochs) epochs (the whole run), not \(warmupEpochs)"
        }
        switch shape {
        case .constant:
            return nil
        case .steps(let milestones, let ratio):
            if !(ratio > 0 && ratio.isFinite) {
                return "the schedule's ratio must be above 0, not \(ratio)"
            }
            guard milestones.allSatisfy({ $0 >= 0 }), milestones == milestones.sorted() else {
                return "the schedule's milestones must be epochs in rising order, not \(milestones)"
            }
            return nil
        case .cosine(let floor):
            return (0...1).contains(floor)
                ? nil : "the floor of the cosine must be in 0...1, not \(floor)"
        case .oneCycle(let cycle):
            if warmupEpochs > 0 {
                return "a cycle begins with a rise of its own, so it takes no warm-up, "
                    + "not one of \(warmupEpochs) epochs"
            }
            return cycle.problem
        case .plateau(let plateau):
            return plateau.problem
        }
    }
}
