// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The schedule of the learning rate in a run: a function of the step's number, and for
/// ``Shape/plateau(_:)`` of the validation losses so far.
public struct LearningRateSchedule: Codable, Hashable, Sendable {
    /// The course after the warm-up.
    public enum Shape: Codable, Hashable, Sendable {
        /// The same learning rate from the first step to the last.
        case constant
        /// The learning rate is multiplied by `ratio` at the beginning of each epoch in
        /// `milestones`, counted from 0.
        case steps(milestones: [Int], ratio: Double)
        /// Half a cosine wave from the base rate to `floor`, a share of it.
        case cosine(floor: Double)
        /// One rise to the base rate and one fall to nearly 0.
        case oneCycle(OneCycle)
        /// Falls whenever the validation loss has stopped falling.
        case plateau(Plateau)
    }

    /// The course after the warm-up.
    public var shape: Shape
    /// The epochs at the beginning in which the rate rises in a straight line, step by step, to the
    /// base rate; 0 for none.
    public var warmupEpochs: Double

    /// Creates a schedule.
    public init(_ shape: Shape, warmupEpochs: Double = 0) {
        self.shape = shape
        self.warmupEpochs = warmupEpochs
    }

    /// The same learning rate from the first step to the last.
    public static let constant = LearningRateSchedule(.constant)

    /// The learning rate is multiplied by `ratio` at the beginning of each epoch in `milestones`,
    /// counted from 0.
    public static func steps(
        milestones: [Int], ratio: Double, warmupEpochs: Double = 0
    ) -> LearningRateSchedule {
        LearningRateSchedule(
            .steps(milestones: milestones, ratio: ratio), warmupEpochs: warmupEpochs)
    }

    /// Half a cosine wave from the base rate to `floor`, a share of it, after the warm-up.
    public static func cosine(
        warmupEpochs: Double = 0, floor: Double = 0
    ) -> LearningRateSchedule {
        LearningRateSchedule(.cosine(floor: floor), warmupEpochs: warmupEpochs)
    }

    /// One rise to the base rate and one fall to nearly 0.
    public static func oneCycle(_ cycle: OneCycle = OneCycle()) -> LearningRateSchedule {
        LearningRateSchedule(.oneCycle(cycle))
    }

    /// Falls whenever the validation loss has stopped falling.
    public static func plateau(
        _ plateau: Plateau = Plateau(), warmupEpochs: Double = 0
    ) -> LearningRateSchedule {
        LearningRateSchedule(.plateau(plateau), warmupEpochs: warmupEpochs)
    }

    /// The paper's: times 0.2 after 60, 120 and 160 of 200 epochs, and after the same shares of any
    /// other number.
    ///
    /// Milestones are rounded to whole epochs; those that fall together count once, and those at
    /// the beginning or the end of the run are left out.
    public static func paper(epochs: Int) -> LearningRateSchedule {
        .steps(milestones: milestones([60, 120, 160], of: 200, in: epochs), ratio: 0.2)
    }

    /// Milestones of a run of `whole` epochs, at the same shares of one of `epochs`.
    static func milestones(_ milestones: [Int], of whole: Int, in epochs: Int) -> [Int] {
        let scaled = milestones.map {
            Int((Double($0) * Double(epochs) / Double(whole)).rounded())
        }
        return Set(scaled.filter { $0 > 0 && $0 < epochs }).sorted()
    }

    /// Whether the learning rate drops at the beginning of an epoch, counted from 0.
    package func drops(atEpoch epoch: Int) -> Bool {
        guard case .steps(let milestones, _) = shape else { return false }
        return milestones.contains(epoch)
    }
}

extension LearningRateSchedule {
    /// The learning rate of a step.
    ///
    ///     warm-up   base · (step + 1) / warmup                while step < warmup
    ///     steps     base · ratio^(milestones reached)
    ///     cosine    base · (floor + (1 - floor) · (1 + cos(π · x)) / 2)
    ///               where x = (step - warmup) / (steps - warmup)
    ///     plateau   base · ratio^(reductions after the epochs so far)
    ///
    /// - Parameters:
    ///   - step: The number of the step in the run, from 0.
    ///   - epochs: The length of the run; the cosine and the cycle depend on it.
    ///   - validationLosses: The validation losses of the complete epochs; only a plateau depends
    ///     on them.
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

    /// The sentence about an invalid number of the schedule; nil when all are valid.
    func problem(epochs: Int) -> String? {
        if !(warmupEpochs >= 0 && warmupEpochs <= Double(epochs)) {
            return "the warm-up must be 0 to \(epochs) epochs (the whole run), not \(warmupEpochs)"
        }
        switch shape {
        case .constant:
            return nil
        case .steps(let milestones, let ratio):
            if let problem = TrainingSetting.ratio.problem(ratio, called: "the schedule's ratio") {
                return problem
            }
            guard milestones.allSatisfy({ $0 >= 0 }), milestones == milestones.sorted() else {
                return "the schedule's milestones must be epochs in rising order, not \(milestones)"
            }
            return nil
        case .cosine(let floor):
            return TrainingSetting.floor.problem(floor, called: "the floor of the cosine")
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

/// Functions of the system's library that schedules need.
package enum SystemFunction {
    /// The cosine of an angle in radians.
    static func cosine(_ angle: Double) -> Double { cos(angle) }

    /// A power of a number above zero.
    package static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
