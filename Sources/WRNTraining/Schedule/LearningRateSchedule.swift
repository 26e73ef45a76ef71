// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the learning rate changes in the course of a run: a function of the step's number and nothing else.
public enum LearningRateSchedule: Codable, Hashable, Sendable {
    /// The same learning rate from the first step to the last.
    case constant
    /// The learning rate is multiplied by `ratio` at the beginning of each epoch in `milestones`, counted from 0.
    case steps(milestones: [Int], ratio: Double)
    /// Half a cosine wave from the base rate to zero, after a linear rise from zero in the first `warmupEpochs`.
    case cosine(warmupEpochs: Double)

    /// The paper's: times 0.2 after 60, 120 and 160 of 200 epochs, and after the same shares of any other number.
    ///
    /// Milestones are rounded to whole epochs; those that fall together count once, and those at the beginning or the end of the
    /// run are left out.
    public static func paper(epochs: Int) -> LearningRateSchedule {
        let shares = [0.3, 0.6, 0.8]
        let milestones = Set(shares.map { Int(($0 * Double(epochs)).rounded()) })
        return .steps(milestones: milestones.filter { $0 > 0 && $0 < epochs }.sorted(), ratio: 0.2)
    }

    /// The learning rate of a step.
    ///
    ///     steps    base · ratio^(milestones reached)
    ///     cosine   base · (step + 1) / warmup                                       while step < warmup
    ///              base · (1 + cos(π · (step - warmup) / (steps - warmup))) / 2     from then on
    ///
    /// - Parameters:
    ///   - step: The number of the step in the run, from 0.
    ///   - epochs: The length of the run; only the cosine depends on it.
    /// - Precondition: `stepsPerEpoch` is 1 or more.
    public func learningRate(
        base: Double, step: Int, stepsPerEpoch: Int, epochs: Int
    ) -> Double {
        precondition(stepsPerEpoch >= 1, "an epoch has 1 step or more, not \(stepsPerEpoch)")
        switch self {
        case .constant:
            return base
        case .steps(let milestones, let ratio):
            let epoch = step / stepsPerEpoch
            return milestones.reduce(base) { epoch >= $1 ? $0 * ratio : $0 }
        case .cosine(let warmupEpochs):
            let warmup = (warmupEpochs * Double(stepsPerEpoch)).rounded()
            if Double(step) < warmup { return base * Double(step + 1) / warmup }
            let length = Double(epochs * stepsPerEpoch) - warmup
            guard length > 0 else { return base }
            return base * (1 + cos(.pi * min((Double(step) - warmup) / length, 1))) / 2
        }
    }

    /// What is wrong with the schedule's numbers, or nil.
    func complaint(epochs: Int) -> String? {
        switch self {
        case .constant:
            nil
        case .steps(let milestones, let ratio):
            if !(ratio > 0 && ratio.isFinite) {
                "the schedule's ratio must be above 0, not \(ratio)"
            } else if milestones.contains(where: { $0 < 0 }) || milestones != milestones.sorted() {
                "the schedule's milestones must be epochs in rising order, not \(milestones)"
            } else {
                nil
            }
        case .cosine(let warmupEpochs):
            warmupEpochs >= 0 && warmupEpochs <= Double(epochs)
                ? nil
                : "the warm-up must be 0 to \(epochs) epochs (the whole run), not \(warmupEpochs)"
        }
    }
}
