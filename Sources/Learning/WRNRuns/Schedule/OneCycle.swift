// SPDX-License-Identifier: Apache-2.0

extension LearningRateSchedule {
    /// One rise to the base rate and one fall to nearly 0, as PyTorch's `OneCycleLR` with
    /// `cycle_momentum=False` computes them.
    ///
    ///     from base / startDivisor to base                  in steps 0 ... peak · steps - 1
    ///     from base to base / (startDivisor · endDivisor)   until the last step
    ///
    /// - Reference: Smith & Topin 2018, "Super-Convergence".
    public struct OneCycle: Codable, Hashable, Sendable {
        /// The course of the rate from one value to the next.
        public enum Course: String, Codable, CaseIterable, Hashable, Sendable {
            /// Half a cosine wave.
            case cosine
            /// A straight line.
            case linear
        }

        /// The share of the steps after which the rate is at its peak, in `0 ... 1`.
        public var peak: Double
        /// The base rate divided by the first rate, above 0.
        public var startDivisor: Double
        /// The first rate divided by the last, above 0.
        public var endDivisor: Double
        /// The course of the rate from one value to the next.
        public var course: Course

        /// Creates it; numbers that are not given are PyTorch's.
        public init(
            peak: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4,
            course: Course = .cosine
        ) {
            self.peak = peak
            self.startDivisor = startDivisor
            self.endDivisor = endDivisor
            self.course = course
        }

        /// The learning rate of one of `steps` steps.
        func learningRate(base: Double, step: Int, steps: Int) -> Double {
            let first = base / startDivisor
            let last = first / endDivisor
            let top = peak * Double(steps) - 1
            let end = Double(steps) - 1
            let number = min(Double(step), end)
            if number <= top {
                return course.value(from: first, to: base, at: top > 0 ? number / top : 1)
            }
            return course.value(
                from: base, to: last, at: end > top ? (number - top) / (end - top) : 1)
        }

        var problem: String? {
            TrainingSetting.peak.problem(peak, called: "the peak of the cycle")
                ?? TrainingSetting.startDivisor.problem(
                    startDivisor, called: "the divisors of the cycle")
                ?? TrainingSetting.endDivisor.problem(
                    endDivisor, called: "the divisors of the cycle")
        }
    }
}

extension LearningRateSchedule.OneCycle.Course {
    /// The value at `share`, from 0 to 1, of the way.
    func value(from start: Double, to end: Double, at share: Double) -> Double {
        switch self {
        case .cosine: end + (start - end) / 2 * (1 + SystemFunction.cosine(.pi * share))
        case .linear: (end - start) * share + start
        }
    }
}
