// SPDX-License-Identifier: Apache-2.0

/// How the learning rate changes in the course of a run: a function of the step's number, and for ``Shape/plateau(_:)`` of the
/// validation losses so far.
public struct LearningRateSchedule: Codable, Hashable, Sendable {
    /// The course after the warm-up.
    public enum Shape: Codable, Hashable, Sendable {
        /// The same learning rate from the first step to the last.
        case constant
        /// The learning rate is multiplied by `ratio` at the beginning of each epoch in `milestones`, counted from 0.
        case steps(milestones: [Int], ratio: Double)
        /// Half a cosine wave from the base rate to `floor`, a share of it.
        case cosine(floor: Double)
        /// Up to the base rate and down to nearly nothing.
        case oneCycle(OneCycle)
        /// Falls whenever the validation loss has stopped falling.
        case plateau(Plateau)
    }

    /// The course after the warm-up.
    public var shape: Shape
    /// The epochs at the beginning in which the rate rises in a straight line, step by step, to the base rate; 0 for none.
    public var warmupEpochs: Double

    /// Collects a schedule.
    public init(_ shape: Shape, warmupEpochs: Double = 0) {
        self.shape = shape
        self.warmupEpochs = warmupEpochs
    }

    /// The same learning rate from the first step to the last.
    public static let constant = LearningRateSchedule(.constant)

    /// The learning rate is multiplied by `ratio` at the beginning of each epoch in `milestones`, counted from 0.
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

    /// Up to the base rate and down to nearly nothing.
    public static func oneCycle(_ cycle: OneCycle = OneCycle()) -> LearningRateSchedule {
        LearningRateSchedule(.oneCycle(cycle))
    }

    /// Falls whenever the validation loss has stopped falling.
    public static func plateau(
        _ plateau: Plateau = Plateau(), warmupEpochs: Double = 0
    ) -> LearningRateSchedule {
        LearningRateSchedule(.plateau(plateau), warmupEpochs: warmupEpochs)
    }

    /// The paper's: times 0.2 after 60, 120 and 160 of 200 epochs, and after the same shares of any other number.
    ///
    /// Milestones are rounded to whole epochs; those that fall together count once, and those at the beginning or the end of the
    /// run are left out.
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
    func drops(atEpoch epoch: Int) -> Bool {
        guard case .steps(let milestones, _) = shape else { return false }
        return milestones.contains(epoch)
    }
}
